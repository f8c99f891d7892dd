using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Verification;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack verify": whether an ONNX folder, a layout, a pulled package or packages for NuGet are whole, or a signature holds.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> path = new("PATH") { Description = "An ONNX folder, an OCI layout, a folder that a package was pulled into, or one of .nupkg files; with --key, any signed folder or file." };
        Option<string?> key = new("--key") { Description = "Key in PEM that the signature must be of (model.sig in the folder, NAME.sig beside a file).", HelpName = "FILE" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("verify", "Check that an ONNX folder or a package is whole: structure, sizes, hashes; or that a signature holds.") { path, key, json };
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string folder = ModelArguments.RequirePath(parsed.GetValue(path)!, "PATH");
            if (parsed.GetValue(key) is { } keyFile)
            {
                return await SignatureCheck.RunAsync(terminal, folder, ModelArguments.RequirePath(keyFile, "--key"), parsed.GetValue(json), cancel);
            }

            if (PackageVerifier.CanVerify(folder) || NuGetVerifier.CanVerify(folder))
            {
                return await PackageCheck.RunAsync(terminal, folder, parsed.GetValue(json), cancel);
            }

            ProgressLine line = new(terminal, "verify", TimeProvider.System);
            FolderReport report;
            try
            {
                report = await FolderCheck.RunAsync(folder, new Relay(line), cancel);
            }
            finally
            {
                line.Finish();
            }

            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, Document(report));
            }
            else
            {
                Write(terminal.Output, report);
            }

            return report.Findings.Count == 0 ? ExitCode.Success : ExitCode.PolicyViolation;
        });
        return command;
    }

    private static void Write(TextWriter output, FolderReport report)
    {
        foreach (FolderFinding finding in report.Findings)
        {
            output.WriteLine(CommandTerminal.Printable($"{finding.File}: {finding.Message} [{finding.Code}]"));
        }

        string verdict = report.Findings.Count switch
        {
            0 => "sound",
            1 => "1 fault",
            int faults => $"{faults} faults",
        };
        output.WriteLine(CommandTerminal.Printable(
            $"{report.Folder}: {verdict}; {report.Files} files, {ByteSize.Format(report.Bytes)}, hashes of {ByteSize.Format(report.Hashed)} compared"));
    }

    private static VerifyDocument Document(FolderReport report) => new()
    {
        Path = report.Folder,
        Format = "onnx",
        Valid = report.Findings.Count == 0,
        Files = report.Files,
        Bytes = report.Bytes,
        HashedBytes = report.Hashed,
        Findings = report.Findings,
    };

    private sealed class Relay(ProgressLine line) : IProgress<(long Done, long Total, string File)>
    {
        public void Report((long Done, long Total, string File) value) => line.Report(value.Done, value.Total, 0, value.File);
    }
}
