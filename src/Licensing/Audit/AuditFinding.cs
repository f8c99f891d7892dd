using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Audit;

/// <summary>One reason for a verdict, and where it comes from.</summary>
/// <param name="Finding">Code, verdict, license, clause, sentence, facts, path.</param>
/// <param name="Artifact">Id of the artifact.</param>
/// <param name="File">File that it is about, relative to the model's folder; null for none.</param>
/// <param name="Excepted">The reason of the exception that lifts it; null when it stands.</param>
public sealed record AuditFinding(Finding Finding, string Artifact, string? File, string? Excepted = null)
{
    /// <summary>What counts: allowed for a finding that is excepted.</summary>
    public Verdict Verdict => Excepted is null ? Finding.Verdict : Verdict.Allowed;
}
