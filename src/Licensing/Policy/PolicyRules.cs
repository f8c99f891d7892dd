using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Policy;

/// <summary>
/// How a policy changes a verdict. Deny and review raise, a license that the allow list lacks becomes review, and only an
/// exception lowers; what it lowered stays visible.
/// </summary>
internal static class PolicyRules
{
    public static PolicyDecision Decide(LicensePolicy policy, PolicySubject subject, LicenseCatalog catalog, DateOnly today)
    {
        List<Finding> counted = [];
        List<WaivedFinding> waived = [];
        HashSet<PolicyWaiver> expired = [];
        foreach (Finding finding in subject.Findings.Concat(OfLists(policy, subject, catalog)))
        {
            PolicyWaiver[] covering = [.. policy.Exceptions.Where(waiver => waiver.Covers(finding, subject.Component))];
            if (covering.FirstOrDefault(waiver => waiver.Expires >= today) is { } valid)
            {
                waived.Add(new(finding, valid));
                continue;
            }

            counted.Add(finding);
            expired.UnionWith(covering);
        }

        counted.AddRange(expired.OrderBy(static waiver => waiver.Line).Select(waiver => Expired(waiver, subject)));
        return new(
            counted.Select(static finding => finding.Verdict).DefaultIfEmpty(Verdict.Allowed).Max(),
            [.. counted.OrderByDescending(static finding => finding.Verdict)],
            waived);
    }

    // Where the license offers a choice, the choice that the policy likes best.
    private static IReadOnlyList<Finding> OfLists(LicensePolicy policy, PolicySubject subject, LicenseCatalog catalog) =>
        subject.License is null
            ? []
            : Choices(subject.License, catalog)
                .Select(choice => (IReadOnlyList<Finding>)[.. choice.Distinct().Select(id => OfLists(policy, subject, id, catalog)).OfType<Finding>()])
                .MinBy(static findings => (findings.Select(static f => f.Verdict).DefaultIfEmpty(Verdict.Allowed).Max(), findings.Count)) ?? [];

    private static IReadOnlyList<IReadOnlyList<string>> Choices(string license, LicenseCatalog catalog) =>
        catalog.Find(license) is null && SpdxExpression.TryParse(license, out _, out _)
            ? LicenseChoices.Of(license) ?? []
            : [[license]];

    private static Finding? OfLists(LicensePolicy policy, PolicySubject subject, string id, LicenseCatalog catalog)
    {
        LicenseEntry? entry = catalog.Find(id) ?? catalog.Find(id.TrimEnd('+'));
        if (policy.Deny.FirstOrDefault(rule => Names(rule, id, entry)) is { } denied)
        {
            return Own(FindingCode.PolicyDenied, Verdict.Denied, $"The policy denies {denied}{Because(denied.Reason)}");
        }

        if (policy.Review.FirstOrDefault(rule => Names(rule, id, entry)) is { } review)
        {
            return Own(FindingCode.PolicyReview, Verdict.Review, $"The policy wants a person to look at {review}{Because(review.Reason)}");
        }

        return policy.Allow.Count == 0 || policy.Allow.Any(rule => rule.License?.Matches(id) == true) || AsksOnly(policy.Allow, entry)
            ? null
            : Own(FindingCode.NotOnAllowList, Verdict.Review, $"The policy's allow list does not have {id}.");

        Finding Own(string code, Verdict verdict, string text) =>
            new(code, verdict, entry?.Id ?? id, null, text, [], subject.Path ?? [subject.Component]);
    }

    private static bool Names(PolicyRule rule, string id, LicenseEntry? entry) =>
        rule.License?.Matches(id) ?? entry?.Conditions.Any(condition => condition.Kind == rule.Condition) ?? false;

    // The kinds on an allow list are together all that a license may ask for; an outbound rule asks for more.
    private static bool AsksOnly(IReadOnlyList<PolicyRule> allow, LicenseEntry? entry) =>
        entry is { Outbound: null }
        && allow.Any(static rule => rule.Condition is not null)
        && entry.Conditions.All(condition => allow.Any(rule => rule.Condition == condition.Kind));

    private static Finding Expired(PolicyWaiver waiver, PolicySubject subject) => new(
        FindingCode.ExpiredException,
        Verdict.Review,
        waiver.License?.ToString() ?? subject.License ?? "NOASSERTION",
        waiver.Clause,
        $"The policy's exception in line {waiver.Line} ended on {waiver.Expires:yyyy-MM-dd} and no longer applies{Because(waiver.Reason)}",
        [],
        subject.Path ?? [subject.Component]);

    private static string Because(string? reason) => reason is null ? "." : $": {reason.TrimEnd('.')}.";
}
