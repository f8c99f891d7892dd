using ModelPack.Cli.Licenses;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Policy;

namespace ModelPack.Cli.Sboms;

/// <summary>The licenses and the lineage of a bill of materials.</summary>
internal static class SbomReport
{
    private static readonly AuditOptions Options = new() { Use = UseKind.Redistribute };

    /// <summary>What is known of a model; a bill says no verdicts, so nobody's use or policy counts.</summary>
    public static AuditReport Of(AuditSubject subject) => AuditQuestion.Run(subject, Options, LicensePolicy.None);

    /// <summary>One report of several models that go together, under one name.</summary>
    /// <param name="name">The package's name.</param>
    /// <param name="reports">One a model; the first is the package's.</param>
    public static AuditReport Join(string name, IReadOnlyList<AuditReport> reports)
    {
        List<AuditArtifact> artifacts = [reports[0].Root with { Name = name }, .. reports[0].Artifacts.Skip(1)];
        for (int i = 1; i < reports.Count; i++)
        {
            string mark = $"{i + 1}:";
            artifacts.AddRange(reports[i].Artifacts.Select(a => a with
            {
                Id = mark + a.Id,
                Child = a.Child is null ? "." : mark + a.Child,
                Relation = a.Relation ?? Relation.Aggregate,
            }));
        }

        return reports[0] with { Artifacts = artifacts };
    }
}
