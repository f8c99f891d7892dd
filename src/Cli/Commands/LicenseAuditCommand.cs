using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license audit": what a model's licenses are, and whether its lineage allows the use.</summary>
internal static class LicenseAuditCommand
{
    private static readonly string[] Formats = ["text", "json", "sarif", "junit", "cyclonedx", "spdx"];

    public static Command Create()
    {
        Argument<string> model = new("MODEL") { Description = "A checkpoint, ONNX or other folder, or a .gguf or .onnx file." };
        Option<string?> use = new("--use") { Description = "Who the result is for. Default: internal.", HelpName = string.Join('|', CatalogWords.Of<UseKind>()) };
        Option<string[]> facts = new("--fact") { Description = "A fact that clauses ask for, such as mau=50000000.", HelpName = "NAME=VALUE" };
        Option<string?> outbound = new("--out") { Description = "The license that the result goes out under. Default: the model's own.", HelpName = "EXPRESSION" };
        Option<string?> name = new("--name") { Description = "The result's name. Default: the name in its metadata.", HelpName = "NAME" };
        Option<string?> format = new("--format") { Description = "Format of the report. Default: text.", HelpName = string.Join('|', Formats) };
        format.AcceptOnlyFromAmong(Formats);
        Option<string?> output = new("--output", "-o") { Description = "The file to write. Default: stdout.", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("audit", "Say what a model's licenses are, and whether its lineage allows a use.")
        {
            model, use, facts, outbound, name, format, output, json,
        };
        command.SetAction((parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            AuditOptions options = new()
            {
                Use = parsed.GetValue(use) is { } word ? LicenseFaults.AsUsage(() => CatalogWords.Parse<UseKind>(word), "--use") : UseKind.Internal,
                Facts = LicenseFaults.AsUsage(() => Facts.Parse(parsed.GetValue(facts) ?? []), "--fact"),
                Outbound = parsed.GetValue(outbound),
                Name = parsed.GetValue(name),
            };
            AuditSubject subject = SubjectReader.Read(ModelArguments.RequirePath(parsed.GetValue(model)!, "MODEL"), terminal.Warn, cancel);
            AuditReport report = LicenseFaults.AsUsage(() => LicenseAudit.Run(subject, options, LicenseCatalog.Default));
            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, LicenseAuditDocument.From(report));
            }
            else
            {
                AuditText.Write(terminal.Output, report);
            }

            return Task.FromResult(report.Verdict >= Verdict.Review ? ExitCode.PolicyViolation : ExitCode.Success);
        });
        return command;
    }
}
