using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Audit;

/// <summary>What the evidence itself leaves open, before any clause is asked.</summary>
internal static class EvidenceRules
{
    private const string ModifiedPrefix = "LicenseRef-modified-";

    /// <summary>Whether an id stands for a text that nobody has read.</summary>
    public static bool IsUnread(string id) => id == "NOASSERTION" || id.StartsWith(ModifiedPrefix, StringComparison.Ordinal);

    /// <summary>The findings of one artifact.</summary>
    public static IEnumerable<AuditFinding> Findings(LineageNode node, LicenseCatalog catalog)
    {
        AuditArtifact artifact = node.Artifact;
        LicenseConclusion conclusion = artifact.Conclusion;
        bool settled = conclusion.Basis == "policy";
        if (conclusion.Expression is null)
        {
            yield return node.Unclear is { } words ? Unclear(node, words) : Missing(node);
        }

        if (settled)
        {
            yield break;
        }

        foreach ((LicenseDeclaration declaration, string meaning) in
            new LicenseConcluder(catalog).Disagreeing(artifact.Declarations, artifact.Files, conclusion))
        {
            string rules = conclusion.Basis == "text" ? $"the text of {conclusion.Files[0]} is" : "other metadata says";
            string outcome = conclusion.Basis == "text" ? "The text rules." : "All of it counts until a person decides.";
            yield return Of(
                node,
                FindingCode.Disagreement,
                conclusion.Expression!,
                $"{declaration.Source} declares {declaration.Words} ({meaning}); {rules} {conclusion.Expression}. {outcome}",
                declaration.Source);
        }

        foreach (ObservedFile file in artifact.Files.Where(f => conclusion.Files.Contains(f.Path)))
        {
            foreach (DetectedLicense license in file.Found.Where(static l => IsUnread(l.Id)))
            {
                string what = license.State == DetectionState.Modified
                    ? $"is {license.BaseId} with changed terms"
                    : "is no license that is known";
                yield return Of(
                    node,
                    FindingCode.UnreadText,
                    license.Id,
                    $"The text of {file.Path} {what} ({string.Join("; ", license.Evidence)}): a person must read it.",
                    file.Path);
            }
        }
    }

    private static AuditFinding Unclear(LineageNode node, string words) => Of(
        node,
        FindingCode.UnclearDeclaration,
        words,
        $"{node.Artifact.Declarations[0].Source} declares \"{words}\", which names no license, and there is no text.",
        node.Artifact.Declarations[0].Source);

    private static AuditFinding Missing(LineageNode node)
    {
        AuditArtifact artifact = node.Artifact;
        return artifact.Child is null
            ? Of(node, FindingCode.NoLicense, "NONE", "Nothing says what license this is under: without one, nothing is permitted.", null)
            : Of(
                node,
                FindingCode.UnknownParent,
                "NOASSERTION",
                $"The license of {artifact.Name}, named in {artifact.Source}, is not known: state it in the policy file.",
                null);
    }

    private static AuditFinding Of(LineageNode node, string code, string license, string text, string? file) =>
        new(new(code, Verdict.Review, license, null, text, [], node.Path), node.Artifact.Id, file);
}
