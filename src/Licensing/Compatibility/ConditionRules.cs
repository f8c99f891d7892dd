using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Compatibility;

/// <summary>What the clauses of one license say.</summary>
internal static class ConditionRules
{
    public static IEnumerable<Finding> Findings(BoundWork work, UseKind use, Facts facts, IReadOnlyList<BoundWork> all) =>
        work.Entry.Conditions
            .Where(condition => Attaches(condition, work, use) && !(condition.SparesFamily && AllOfFamily(all)))
            .Select(condition => Judge(condition, work, facts))
            .OfType<Finding>();

    private static bool Attaches(LicenseCondition condition, BoundWork work, UseKind use)
    {
        bool made = condition.Always
            || (condition.From.Count > 0 ? condition.From.Any(work.Made.Contains) : work.Reached);
        return made
            && (condition.Acts.Count == 0 || condition.Acts.Any(work.Acts.Contains))
            && (condition.Uses.Count == 0 || condition.Uses.Contains(use));
    }

    // One license alone says nothing about the other side of a merge or a distillation: it is taken for a stranger.
    private static bool AllOfFamily(IReadOnlyList<BoundWork> all) =>
        all.Count > 1 && all.All(work => work.Entry.Family == all[0].Entry.Family);

    private static Finding? Judge(LicenseCondition condition, BoundWork work, Facts facts)
    {
        Facts known = condition.Presumed.Aggregate(facts, static (all, fact) => all.Presume(fact.Key, fact.Value));
        GuardResult result = condition.When?.Evaluate(known) ?? new(Truth.True, []);
        return result.Value switch
        {
            Truth.True => Found(condition, work, FindingCode.Of(condition.Kind), condition.Effect, condition.Text, result.Facts),
            Truth.Unknown when condition.Unknown == Verdict.Review => Found(
                condition,
                work,
                FindingCode.MissingFact,
                Verdict.Review,
                $"{condition.Text} Not known: {string.Join("; ", result.Facts.Select(Describe))}.",
                result.Facts),
            Truth.Unknown when condition.Unknown > Verdict.Allowed => Found(
                condition, work, FindingCode.Of(condition.Kind), condition.Unknown, condition.Text, result.Facts),
            _ => null,
        };
    }

    private static string Describe(string fact) => $"{fact} ({FactDefinition.Find(fact)?.Meaning})";

    private static Finding Found(
        LicenseCondition condition, BoundWork work, string code, Verdict verdict, string text, IReadOnlyList<string> facts) =>
        new(code, verdict, work.Entry.Id, condition.Clause, text, facts, work.Path, verdict == Verdict.Obligations ? condition.Print : null);
}
