using System.Text;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Identity;

namespace ModelPack.Licensing.Notices;

/// <summary>The files that licenses ask to go with a model: texts, a NOTICE, and a list of statements and duties.</summary>
/// <param name="Copies">Texts to copy as they are: from a file of the model, to a path in the package.</param>
/// <param name="Notice">NOTICE, a text file.</param>
/// <param name="Statements">STATEMENTS.md: what must be shown, said or kept, with clauses.</param>
/// <param name="Missing">Licenses whose text is not at hand; someone must add it.</param>
public sealed record NoticePackage(
    IReadOnlyList<NoticeCopy> Copies, string Notice, string Statements, IReadOnlyList<string> Missing)
{
    /// <summary>Folder of the license texts.</summary>
    public const string TextFolder = LicenseFileName.TextFolder;

    private static readonly ConditionKind[] Listed = [ConditionKind.Display, ConditionKind.Name, ConditionKind.Changes, ConditionKind.PassOn];

    /// <param name="report">An audit for redistribution.</param>
    /// <param name="notices">Content of the model's own NOTICE files.</param>
    /// <param name="name">The result's name.</param>
    /// <param name="others">Texts of what the model was made from: taken where the model does not bring a license's text itself.</param>
    public static NoticePackage Create(AuditReport report, IReadOnlyList<string> notices, string name, IReadOnlyList<ObservedFile>? others = null)
    {
        (IReadOnlyList<NoticeCopy> copies, IReadOnlyList<string> missing) = Texts(report, others ?? []);
        return new(copies, NoticeText(report, notices, name), StatementText(report, name, missing), missing);
    }

    private static (IReadOnlyList<NoticeCopy> Copies, IReadOnlyList<string> Missing) Texts(AuditReport report, IReadOnlyList<ObservedFile> others)
    {
        List<NoticeCopy> copies = [];
        List<string> missing = [];
        ObservedFile[] files = [.. report.Artifacts.SelectMany(static a => a.Files)];
        foreach (string id in report.Artifacts.Where(static a => a.Relation != Relation.Dataset)
            .Select(static a => a.Conclusion.Expression).OfType<string>().SelectMany(DeclaredLicense.Ids).Distinct())
        {
            ObservedFile[] holders = [.. Holders(files, id)];
            holders = holders.Length > 0 ? holders : [.. Holders(others, id)];
            if (holders.Length == 0)
            {
                missing.Add(id);
            }

            // Copies of the same text differ in their copyright lines: all of them are kept.
            copies.AddRange(holders.DistinctBy(static f => f.Sha256)
                .Select((file, i) => new NoticeCopy(file.Path, $"{TextFolder}/{Safe(id)}{(i == 0 ? "" : $".{i + 1}")}.txt")));
        }

        return (copies, missing);
    }

    private static IEnumerable<ObservedFile> Holders(IEnumerable<ObservedFile> files, string id) =>
        files.Where(f => f.Kind != LicenseFileKind.Prose && f.Licenses.Any(l => l.Id == id || l.SameText.Contains(id)));

    private static string NoticeText(AuditReport report, IReadOnlyList<string> notices, string name)
    {
        StringBuilder text = new();
        text.Append(name).Append('\n');
        AuditArtifact[] works = [.. report.Artifacts.Where(static a => a.Child is not null)];
        if (works.Length > 0)
        {
            text.Append("\nMade from:\n");
            foreach (AuditArtifact work in works)
            {
                text.Append($"- {OneLine(work.Name)} ({CatalogWords.Spelling(work.Relation!.Value)}), {work.Conclusion.Expression ?? "license not known"}\n");
            }
        }

        foreach (string statement in Prints(report, ConditionKind.Notice))
        {
            text.Append('\n').Append(statement).Append('\n');
        }

        foreach (string notice in notices)
        {
            text.Append('\n').Append(notice.ReplaceLineEndings("\n").Trim('\n')).Append('\n');
        }

        return text.ToString();
    }

    private static string StatementText(AuditReport report, string name, IReadOnlyList<string> missing)
    {
        StringBuilder text = new();
        text.Append($"# Statements and duties for {OneLine(name)}\n\nA first reading by a program, no legal advice.\n");
        Section(text, "Show", Prints(report, ConditionKind.Display).Select(static s => $"\"{s}\""));
        Section(text, "Name", Duties(report, ConditionKind.Name));
        Section(text, "Say what was changed", Duties(report, ConditionKind.Changes));
        Section(text, "Pass on", Duties(report, ConditionKind.PassOn));
        string[] listed = [.. Listed.Select(FindingCode.Of)];
        AuditFinding[] others = [.. report.Findings.Where(f => f.Verdict == Verdict.Obligations && !listed.Contains(f.Finding.Code))];
        Section(text, "Keep to", others.Where(f => !IsDone(f, missing)).Select(static f => Sentence(f.Finding)).Distinct());
        Section(text, "Done by the files here", others.Where(f => IsDone(f, missing)).Select(static f => Sentence(f.Finding)).Distinct());
        Section(text, "Not settled", report.Findings.Where(static f => f.Verdict >= Verdict.Review).Select(static f => Sentence(f.Finding)).Distinct());
        Section(text, $"Texts to add to {TextFolder}/", missing);
        return text.ToString();
    }

    // The text is there, or the statement stands in NOTICE.
    private static bool IsDone(AuditFinding found, IReadOnlyList<string> missing) =>
        (found.Finding.Code == FindingCode.Of(ConditionKind.Copy) && !missing.Contains(found.Finding.License))
        || (found.Finding.Code == FindingCode.Of(ConditionKind.Notice) && found.Finding.Print is not null);

    private static void Section(StringBuilder text, string title, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        if (all.Length > 0)
        {
            text.Append($"\n## {title}\n\n").AppendJoin('\n', all.Select(static l => $"- {OneLine(l)}")).Append('\n');
        }
    }

    private static IEnumerable<string> Prints(AuditReport report, ConditionKind kind) => report.Findings
        .Where(f => f.Finding.Code == FindingCode.Of(kind) && f.Verdict == Verdict.Obligations)
        .Select(static f => f.Finding.Print).OfType<string>().Distinct();

    private static IEnumerable<string> Duties(AuditReport report, ConditionKind kind) => report.Findings
        .Where(f => f.Finding.Code == FindingCode.Of(kind) && f.Verdict == Verdict.Obligations)
        .Select(static f => Sentence(f.Finding)).Distinct();

    private static string Sentence(Finding finding) =>
        $"{finding.License}{(finding.Clause is null ? "" : $", {finding.Clause}")}: {finding.Text}{(finding.Print is null ? "" : $" \"{finding.Print}\"")}";

    // Ids come from texts and policy files: a file name must not be made of anything else.
    private static string Safe(string id) => string.Concat(id.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' ? c : '_')).TrimStart('.');

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
