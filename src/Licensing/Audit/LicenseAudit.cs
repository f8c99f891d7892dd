using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Audit;

/// <summary>Audits a model: concludes each license of its lineage from the evidence, and asks whether together they allow the use.</summary>
public static class LicenseAudit
{
    /// <summary>Artifacts of one lineage; real ones have tens.</summary>
    public const int MaxArtifacts = 1000;

    /// <param name="subject">What was found.</param>
    /// <param name="options">What is to be done.</param>
    /// <param name="catalog">The clauses.</param>
    /// <exception cref="LicensingException">The outbound license is no expression, or the lineage has too many artifacts.</exception>
    public static AuditReport Run(AuditSubject subject, AuditOptions options, LicenseCatalog catalog)
    {
        LineageGraph graph = LineageGraph.Of(subject, options.Additions, catalog);
        List<AuditFinding> findings = [.. graph.Nodes.SelectMany(node => EvidenceRules.Findings(node, catalog))];
        string? outbound = options.Outbound
            ?? (options.Use == UseKind.Redistribute ? graph.Nodes[0].Artifact.Conclusion.Expression : null);
        findings.AddRange(Compatibility(graph, subject, options, outbound, catalog));
        Dictionary<string, int> order = graph.Nodes.Select(static (node, i) => (node.Artifact.Id, i)).ToDictionary();
        AuditFinding[] sorted =
        [
            .. findings.OrderByDescending(static f => f.Verdict).ThenBy(f => order[f.Artifact])
                .ThenBy(static f => f.Finding.Code, StringComparer.Ordinal),
        ];
        return Report(options, outbound, [.. graph.Nodes.Select(static n => n.Artifact)], sorted);
    }

    /// <summary>The same report after findings were changed: verdicts are counted anew.</summary>
    internal static AuditReport WithFindings(AuditReport report, IReadOnlyList<AuditFinding> findings) => report with
    {
        Findings = [.. findings.OrderByDescending(static f => f.Verdict)],
        Verdict = Worst(findings),
        Artifacts = [.. report.Artifacts.Select(a => a with { Verdict = Worst(findings.Where(f => f.Artifact == a.Id)) })],
    };

    private static AuditReport Report(
        AuditOptions options, string? outbound, IReadOnlyList<AuditArtifact> artifacts, IReadOnlyList<AuditFinding> findings) =>
        WithFindings(new(Verdict.Allowed, options.Use, outbound, artifacts, findings), findings);

    private static Verdict Worst(IEnumerable<AuditFinding> findings) =>
        findings.Select(static f => f.Verdict).DefaultIfEmpty(Verdict.Allowed).Max();

    private static IEnumerable<AuditFinding> Compatibility(
        LineageGraph graph, AuditSubject subject, AuditOptions options, string? outbound, LicenseCatalog catalog)
    {
        LineageNode[] licensed = [.. graph.Nodes.Where(static n => n.Artifact.Conclusion.Expression is not null)];
        if (licensed.Length == 0)
        {
            return [];
        }

        Relation act = options.Use switch
        {
            UseKind.Saas => Relation.Host,
            UseKind.Redistribute => Relation.Redistribute,
            _ => Relation.Use,
        };
        Question question = new()
        {
            Inputs =
            [
                .. licensed.Select(n => new QuestionInput(n.Artifact.Conclusion.Expression!, [.. n.Relations.Append(act).Distinct()], [n.Artifact.Id])),
            ],
            Relations = [act],
            Use = options.Use,
            Facts = options.Facts,
            Outbound = outbound,
            Name = options.Name ?? subject.PublishedName,
        };
        return LicenseCheck.Run(question, catalog).Findings.Select(f => Place(f, graph)).OfType<AuditFinding>();
    }

    // The check's path starts with the artifact's id: people get the way through the lineage by names.
    private static AuditFinding? Place(Finding finding, LineageGraph graph)
    {
        LineageNode node = graph.Nodes.First(n => n.Artifact.Id == finding.Path[0]);

        // A changed text has a finding of its own, which says what was changed.
        return finding.Code == FindingCode.UnknownLicense && EvidenceRules.IsUnread(finding.License)
            ? null
            : new(finding with { Path = node.Path }, node.Artifact.Id, node.Artifact.Conclusion.Files is [var file, ..] ? file : null);
    }
}
