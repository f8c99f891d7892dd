using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Audit;

/// <summary>The result of an audit.</summary>
/// <param name="Verdict">The worst finding that stands.</param>
/// <param name="Use">What is to be done.</param>
/// <param name="Outbound">The license that the result goes out under; null: not said, or not passed on.</param>
/// <param name="Artifacts">The model first, then what it was made from, depth first.</param>
/// <param name="Findings">The worst first, then in the order of the artifacts.</param>
public sealed record AuditReport(
    Verdict Verdict, UseKind Use, string? Outbound, IReadOnlyList<AuditArtifact> Artifacts, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>The model itself.</summary>
    public AuditArtifact Root => Artifacts[0];

    /// <summary>The findings of one artifact.</summary>
    public IEnumerable<AuditFinding> Of(AuditArtifact artifact) => Findings.Where(f => f.Artifact == artifact.Id);
}
