using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>Whether two licenses can bind one result that is passed on.</summary>
internal static class PairRules
{
    public static IEnumerable<Finding> Findings(IReadOnlyList<BoundWork> works)
    {
        BoundWork[] joined = [.. works.Where(static work => work.Joined && work.Acts.Any(static act => act != Relation.Use))];
        for (int i = 0; i < joined.Length; i++)
        {
            for (int j = i + 1; j < joined.Length; j++)
            {
                if (joined[i].Entry != joined[j].Entry
                    && (Judge(joined[i], joined[j]) ?? Judge(joined[j], joined[i])) is { } finding)
                {
                    yield return finding;
                }
            }
        }
    }

    // What the first license says of the second.
    private static Finding? Judge(BoundWork one, BoundWork other)
    {
        if (one.Entry.Outbound is not { } rule || !(one.PassedOn || other.PassedOn))
        {
            return null;
        }

        OutboundRule? others = other.Entry.Outbound;
        bool conflict = rule.Rejects.Contains(other.Entry.Id)
            || (rule.Exclusive && others is not null && !rule.Accepts.Intersect(others.Accepts).Any());
        if (conflict)
        {
            return new(
                FindingCode.Conflict,
                Verdict.Denied,
                one.Entry.Id,
                rule.Clause,
                $"{rule.Text} {other.Entry.Id} sets terms that it does not accept.",
                [],
                one.Path);
        }

        return rule is { Restrictions: true, NoConflict: true } && others is { Restrictions: true } && one.Entry.Family != other.Entry.Family
            ? new(
                FindingCode.TwoRestrictions,
                Verdict.Review,
                one.Entry.Id,
                rule.Clause,
                $"Additional terms must not conflict with this license, and the result also carries the restrictions of {other.Entry.Id}: compare both lists.",
                [],
                one.Path)
            : null;
    }
}
