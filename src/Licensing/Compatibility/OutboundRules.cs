using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>Whether the result may go out under the license that the user chose.</summary>
internal static class OutboundRules
{
    /// <param name="works">The licenses that bind.</param>
    /// <param name="outbound">The choices that recipients get; null: not said.</param>
    /// <param name="catalog">Tells which licenses restrict uses.</param>
    public static IEnumerable<Finding> Findings(
        IReadOnlyList<BoundWork> works, IReadOnlyList<IReadOnlyList<string>>? outbound, LicenseCatalog catalog)
    {
        foreach (BoundWork work in works.Where(static w => w is { Reached: true, PassedOn: true, Entry.Outbound: not null }))
        {
            // Works side by side keep their own licenses, whatever the package says of itself.
            if (work.Made.Count > 0 && work.Made.All(static way => way == Relation.Aggregate))
            {
                continue;
            }

            OutboundRule rule = work.Entry.Outbound!;
            Verdict verdict = outbound is null ? Verdict.Obligations : outbound.Max(choice => Judge(rule, choice, catalog));
            if (verdict > Verdict.Obligations || (verdict == Verdict.Obligations && rule.Exclusive))
            {
                yield return new(FindingCode.Outbound, verdict, work.Entry.Id, rule.Clause, rule.Text, [], work.Path);
            }
        }
    }

    private static Verdict Judge(OutboundRule rule, IReadOnlyList<string> choice, LicenseCatalog catalog)
    {
        LicenseEntry?[] entries = [.. choice.Select(catalog.Find)];
        if (entries.Any(entry => entry is not null && rule.Accepts.Contains(entry.Id)))
        {
            return Verdict.Obligations;
        }

        // Other restrictions, or terms that nobody here has read, might carry what the license asks for.
        bool mayCarry = !rule.Exclusive && entries.Any(entry => entry is null || (rule.Restrictions && entry.Outbound is { Restrictions: true }));
        return mayCarry ? Verdict.Review : rule.Otherwise;
    }
}
