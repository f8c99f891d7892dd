using System.CommandLine;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Notices;
using ModelPack.Licensing.Policy;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license notice": writes what the licenses ask to go with a model.</summary>
internal static class LicenseNoticeCommand
{
    public static Command Create()
    {
        Argument<string> model = new("MODEL") { Description = "A checkpoint, ONNX or other folder, or a .gguf or .onnx file." };
        Option<string> output = new("--output", "-o") { Description = "The folder to write LICENSES/, NOTICE and STATEMENTS.md into.", HelpName = "FOLDER", Required = true };
        Option<bool> overwrite = ModelArguments.Overwrite();
        AuditQuestion question = new(UseKind.Redistribute);
        Command command = new("notice", "Write the texts, notices and statements that a model's licenses ask for.") { model, output, overwrite };
        question.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            (AuditOptions options, LicensePolicy policy) = question.Read(parsed);
            string path = ModelArguments.RequirePath(parsed.GetValue(model)!, "MODEL");
            string folder = ModelArguments.RequirePath(parsed.GetValue(output)!, "--output");
            AuditSubject subject = SubjectReader.Read(path, terminal.Warn, cancel);
            AuditReport report = AuditQuestion.Run(subject, options, policy);
            string home = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
            NoticePackage package = NoticePackage.Create(
                report, NoticeFolder.Notices(home), options.Name ?? subject.PublishedName ?? subject.Name);
            NoticeFolder.Write(folder, home, package, parsed.GetValue(overwrite));
            return Task.FromResult(Summarize(terminal, folder, report, package));
        });
        return command;
    }

    private static int Summarize(CommandTerminal terminal, string folder, AuditReport report, NoticePackage package)
    {
        foreach (string file in package.Copies.Select(static c => c.Target).Append("NOTICE").Append("STATEMENTS.md"))
        {
            terminal.Output.WriteLine(CommandTerminal.Printable($"{folder.TrimEnd('/')}/{file}"));
        }

        foreach (string id in package.Missing)
        {
            terminal.Warn($"the text of {id} is not at hand: add it to {NoticePackage.TextFolder}/");
        }

        foreach (AuditFinding finding in report.Findings.Where(static f => f.Verdict >= Verdict.Review))
        {
            terminal.Warn($"{finding.Finding.Code} {CatalogWords.Spelling(finding.Verdict)}: {finding.Finding.License}: {finding.Finding.Text}");
        }

        return report.Verdict >= Verdict.Review || package.Missing.Count > 0 ? ExitCode.PolicyViolation : ExitCode.Success;
    }
}
