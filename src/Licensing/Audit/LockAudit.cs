using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Locks;

namespace ModelPack.Licensing.Audit;

/// <summary>Pins what an audit found, and compares a later audit with it.</summary>
public static class LockAudit
{
    private const string Nothing = "NOASSERTION";

    /// <summary>What to pin: licenses, declarations and texts of every artifact, by its id in the report.</summary>
    public static LicenseLock Of(AuditReport report) => new(report.Artifacts.Select(static artifact => new LockedArtifact
    {
        Name = artifact.Id,
        Relation = artifact.Relation,
        License = artifact.Conclusion.Expression ?? Nothing,
        Declared = artifact.Declarations.Count == 0 ? null : string.Join(", ", artifact.Declarations.Select(static d => d.Words).Distinct()),
        Files =
        [
            .. artifact.Files.Select(static f => new LockedFile(
                f.Path,
                f.Sha256,
                string.Join(" AND ", f.Found.Select(static l => l.Id).Distinct()),
                f.Found.Select(static l => l.State).DefaultIfEmpty(DetectionState.None).Max())),
        ],
    }));

    /// <summary>Adds a finding for everything that is not as it was pinned.</summary>
    /// <param name="report">The audit.</param>
    /// <param name="pinned">What was pinned.</param>
    public static AuditReport Apply(AuditReport report, LicenseLock pinned)
    {
        IEnumerable<AuditFinding> drifts = LicenseLock.Compare(pinned, Of(report)).Select(drift =>
        {
            // What is gone from the lineage is told of the model.
            AuditArtifact artifact = report.Artifacts.FirstOrDefault(a => a.Id == drift.Artifact) ?? report.Root;
            return new AuditFinding(drift.ToFinding(artifact.Conclusion.Expression ?? Nothing), artifact.Id, drift.Path);
        });
        return LicenseAudit.WithFindings(report, [.. report.Findings, .. drifts]);
    }
}
