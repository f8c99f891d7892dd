using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Identity;

namespace ModelPack.Cli.Licenses;

/// <summary>Writes an audit for people: the lineage as a tree, each work with its evidence and findings.</summary>
internal static class AuditText
{
    public static void Write(TextWriter output, AuditReport report)
    {
        string outbound = report.Outbound is null || report.Use != UseKind.Redistribute ? "" : $", passed on under {report.Outbound}";
        Line(output, $"{CatalogWords.Spelling(report.Verdict)} for {CatalogWords.Spelling(report.Use)} use{outbound}");
        output.WriteLine();
        Write(output, report, report.Root, "", "");
        output.WriteLine();
        Line(output, "A first reading by a program, no legal advice.");
    }

    private static void Write(TextWriter output, AuditReport report, AuditArtifact artifact, string first, string rest)
    {
        string relation = artifact.Relation is { } way ? $"{CatalogWords.Spelling(way)} of " : "";
        Line(output, $"{first}{relation}{artifact.Name} ({artifact.Kind}): {CatalogWords.Spelling(artifact.Verdict)}");
        Line(output, $"{rest}  license   {artifact.Conclusion.Expression ?? "not known"}{Basis(artifact)}");
        foreach (LicenseDeclaration declaration in artifact.Declarations.Where(static d => d.Words.Length > 0))
        {
            Line(output, $"{rest}  declared  {declaration.Words} in {declaration.Source}");
        }

        foreach (ObservedFile file in artifact.Files)
        {
            IEnumerable<string> ids = file.Licenses.Where(static l => l.State != DetectionState.None)
                .Select(static l => $"{l.Id} ({CatalogWords.Spelling(l.State)})").Distinct();
            Line(output, $"{rest}  observed  {string.Join(", ", ids)} in {file.Path}");
        }

        foreach (AuditFinding finding in report.Of(artifact))
        {
            Write(output, finding, rest);
        }

        AuditArtifact[] parents = [.. report.Artifacts.Where(a => a.Child == artifact.Id)];
        for (int i = 0; i < parents.Length; i++)
        {
            bool last = i == parents.Length - 1;
            Line(output, $"{rest}  │");
            Write(output, report, parents[i], $"{rest}  {(last ? '└' : '├')}─ ", $"{rest}  {(last ? ' ' : '│')}  ");
        }
    }

    private static void Write(TextWriter output, AuditFinding found, string rest)
    {
        Finding finding = found.Finding;
        string clause = finding.Clause is null ? "" : $" {finding.Clause}";
        string subject = finding.Clause is null ? "" : $"{finding.License}{clause}: ";
        Line(output, $"{rest}  {finding.Code} {CatalogWords.Spelling(finding.Verdict),-11} {subject}{finding.Text}");
        if (finding.Print is { } statement)
        {
            Line(output, $"{rest}         print: \"{statement}\"");
        }

        if (found.Excepted is { } reason)
        {
            Line(output, $"{rest}         excepted: {reason}");
        }
    }

    private static string Basis(AuditArtifact artifact) => artifact.Conclusion.Basis switch
    {
        "text" => $", by the text of {string.Join(" and ", artifact.Conclusion.Files)}",
        "declared" => ", as declared; no text",
        "policy" => ", as the policy file says",
        "catalogue" => ", by the work's hub name",
        _ => "",
    };

    private static void Line(TextWriter output, string text) => output.WriteLine(CommandTerminal.Printable(text.TrimEnd()));
}
