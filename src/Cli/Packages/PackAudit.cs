using System.Text;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Identity;
using ModelPack.Licensing.Notices;
using ModelPack.Licensing.Policy;
using ModelPack.Packaging.Packing;

namespace ModelPack.Cli.Packages;

/// <summary>The license audit before packing: the verdict, the licenses, and the files that they ask for.</summary>
/// <param name="Verdict">The worst of all models.</param>
/// <param name="Licenses">SPDX expressions, each once.</param>
/// <param name="Files">LICENSES/, NOTICE and STATEMENTS.md.</param>
/// <param name="Missing">Licenses whose text must go along and is not at hand.</param>
/// <param name="Reports">What the audit found, one a model.</param>
internal sealed record PackAudit(
    Verdict Verdict, IReadOnlyList<string> Licenses, IReadOnlyList<PackageFile> Files, IReadOnlyList<string> Missing, IReadOnlyList<AuditReport> Reports)
{
    /// <param name="models">What is packed.</param>
    /// <param name="sources">Files and folders that it was made from: their license texts are taken where the models bring none.</param>
    /// <param name="options">What is to be done with it.</param>
    /// <param name="policy">Lists and exceptions.</param>
    /// <param name="terminal">Told the findings that stop, and texts that are missing.</param>
    /// <param name="cancel">Stops between files.</param>
    public static PackAudit Run(
        IReadOnlyList<string> models, IReadOnlyList<string> sources, AuditOptions options, LicensePolicy policy, CommandTerminal terminal, CancellationToken cancel)
    {
        ObservedFile[] others = [.. sources.SelectMany(s => Texts(s, terminal, cancel))];
        Verdict worst = Verdict.Allowed;
        List<string> licenses = [];
        Dictionary<string, PackageFile> files = [];
        List<string> notices = [];
        List<string> statements = [];
        List<string> missing = [];
        List<AuditReport> reports = [];
        foreach (string model in models)
        {
            AuditReport report = AuditQuestion.Run(SubjectReader.Read(model, terminal.Warn, cancel), options, policy);
            worst = report.Verdict > worst ? report.Verdict : worst;
            licenses.AddRange(report.Root.Conclusion.Expression is { } expression && !licenses.Contains(expression) ? [expression] : []);
            string home = Directory.Exists(model) ? model : Path.GetDirectoryName(model)!;
            NoticePackage package = NoticePackage.Create(report, NoticeFolder.Notices(home), options.Name!, others);
            notices.Add(package.Notice);
            statements.Add(package.Statements);
            foreach (NoticeCopy copy in package.Copies)
            {
                files.TryAdd(copy.Target, new(copy.Target, Path.Combine(home, copy.Source)));
            }

            missing.AddRange(package.Missing);
            reports.Add(report);
            Warn(terminal, report, package);
        }

        Add("NOTICE", string.Join('\n', notices.Distinct()));
        Add("STATEMENTS.md", string.Join('\n', statements.Distinct()));
        return new(worst, licenses, [.. files.Values], [.. missing.Distinct()], reports);

        void Add(string path, string text) => files[path] = new(path, null, Encoding.UTF8.GetBytes(text));
    }

    // Absolute paths: they are outside of the model's folder.
    private static IEnumerable<ObservedFile> Texts(string source, CommandTerminal terminal, CancellationToken cancel)
    {
        string full = Path.GetFullPath(source);
        string[] files = Directory.Exists(full) ? [.. LicenseScan.Search(full, terminal.Warn, cancel)] : LicenseFileName.IsLicenseLike(Path.GetFileName(full)) ? [full] : [];
        return TextEvidence.Read(Path.GetDirectoryName(full) ?? full, files, terminal.Warn, cancel)
            .Select(f => f with { Path = Path.Combine(Path.GetDirectoryName(full) ?? full, f.Path).Replace('\\', '/') });
    }

    private static void Warn(CommandTerminal terminal, AuditReport report, NoticePackage package)
    {
        foreach (AuditFinding finding in report.Findings.Where(static f => f.Verdict >= Verdict.Review))
        {
            terminal.Warn($"{finding.Finding.Code} {CatalogWords.Spelling(finding.Verdict)}: {finding.Finding.License}: {finding.Finding.Text}");
        }

        foreach (string id in package.Missing)
        {
            terminal.Warn($"the text of {id} is not at hand: add it beside the model, for it must go with it");
        }
    }
}
