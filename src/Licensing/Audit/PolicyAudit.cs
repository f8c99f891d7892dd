using System.Globalization;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Policy;

namespace ModelPack.Licensing.Audit;

/// <summary>What a policy file adds to an audit: facts and lineage before it, lists and exceptions after it.</summary>
public static class PolicyAudit
{
    /// <summary>Fills in what the options leave open; what they say comes first.</summary>
    /// <param name="options">From the command line.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="use">The use that the command line names; null for none.</param>
    /// <param name="file">Name of the policy file, for the lineage.</param>
    public static AuditOptions Complete(AuditOptions options, LicensePolicy policy, UseKind? use, string file) => options with
    {
        Use = use ?? policy.Use ?? options.Use,
        Facts = policy.Facts.Names.Aggregate(options.Facts, (facts, name) => facts.Presume(name, policy.Facts.Find(name)!)),
        Outbound = options.Outbound ?? policy.Outbound,
        Name = options.Name ?? policy.Name,
        Additions = [.. options.Additions, .. policy.Lineage.Select(a => Addition(a, file))],
    };

    /// <summary>Judges the findings of each artifact by the policy's lists and exceptions.</summary>
    /// <param name="report">The audit without a policy.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="time">Tells whether an exception still holds.</param>
    public static AuditReport Apply(AuditReport report, LicensePolicy policy, TimeProvider time)
    {
        List<AuditFinding> findings = [];
        foreach (AuditArtifact artifact in report.Artifacts)
        {
            AuditFinding[] own = [.. report.Of(artifact)];
            PolicyDecision decision = policy.Decide(
                new(artifact.Name, artifact.Conclusion.Expression, [.. own.Select(static f => f.Finding)], own.FirstOrDefault()?.Finding.Path), time);
            findings.AddRange(decision.Findings.Select(f => Place(f, artifact, own)));
            findings.AddRange(decision.Waived.Select(w => Place(w.Finding, artifact, own) with
            {
                Excepted = string.Create(CultureInfo.InvariantCulture, $"{w.Exception.Reason} (until {w.Exception.Expires:yyyy-MM-dd})"),
            }));
        }

        return LicenseAudit.WithFindings(report, findings);
    }

    private static AuditFinding Place(Finding finding, AuditArtifact artifact, IEnumerable<AuditFinding> own) =>
        own.FirstOrDefault(f => ReferenceEquals(f.Finding, finding)) ?? new(finding, artifact.Id, null);

    private static LineageAddition Addition(PolicyArtifact artifact, string file)
    {
        string source = string.Create(CultureInfo.InvariantCulture, $"{file}:{artifact.Line}");
        return new(
            artifact.Name,
            artifact.License,
            artifact.Reason,
            [
                .. artifact.Parents.Select(p => new AuditParent(p.Name, p.Relation, source, p.License)),
                .. artifact.Datasets.Select(d => new AuditParent(d.Name, Relation.Dataset, source, d.License)),
            ]);
    }
}
