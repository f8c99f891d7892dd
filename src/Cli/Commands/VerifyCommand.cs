using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Verification;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack verify": whether an ONNX folder, a layout, a pulled package or packages for NuGet are whole, or a signature holds.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> path = new("PATH|REF")
        {
            Description = "An ONNX folder, an OCI layout, a folder that a package was pulled into, or one of .nupkg files, oci://HOST/REPOSITORY:TAG; with --key, any signed folder or file.",
        };
        Option<string?> key = new("--key") { Description = "Key in PEM that must have signed: the package, or the files (model.sig in the folder, NAME.sig beside a file).", HelpName = "FILE" };
        Option<bool> download = new("--download") { Description = "Read every layer of a registry's package too; without it their sizes are compared." };
        RegistryArguments registry = new();
        Command command = new("verify", "Check that an ONNX folder or a package is whole: structure, sizes, hashes, what is attached; or that a signature holds.") { path, key, download };
        registry.AddTo(command, writes: false);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string folder = ModelArguments.RequirePath(parsed.GetValue(path)!, "PATH");
            string? keyFile = parsed.GetValue(key) is { } named ? ModelArguments.RequirePath(named, "--key") : null;
            bool json = parsed.GetValue(registry.Json);
            if (RegistryReference.IsOne(folder) || PackageTarget.IsTagOfLayout(folder))
            {
                return await PackageCheck.RunAsync(terminal, folder, registry.Read(parsed), keyFile, parsed.GetValue(download), json, cancel);
            }

            bool isPackage = PackageVerifier.CanVerify(folder);
            if ((isPackage && (keyFile is null || !File.Exists(SignaturePath.Of(folder)))) || (keyFile is null && NuGetVerifier.CanVerify(folder)))
            {
                return await PackageCheck.RunAsync(terminal, folder, keyFile, json, cancel);
            }

            if (keyFile is not null)
            {
                return await SignatureCheck.RunAsync(terminal, folder, keyFile, json, cancel);
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

            if (json)
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
