using System.CommandLine;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Sboms;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Reports;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Signing;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack sbom": a bill of materials of a model or a package.</summary>
internal static class SbomCommand
{
    public static Command Create()
    {
        Argument<string> path = new("PATH|REF") { Description = "A model folder, a .gguf or .onnx file, a layout, or oci://HOST/REPOSITORY:TAG." };
        Option<string> format = new("--format") { Description = "Format of the bill: CycloneDX 1.6 or SPDX 2.3.", HelpName = "cyclonedx|spdx", DefaultValueFactory = static _ => SbomFormat.CycloneDx.Name };
        format.AcceptOnlyFromAmong([.. SbomFormat.All.Select(static f => f.Name)]);
        Option<string?> output = new("--output", "-o") { Description = "The file to write. Default: stdout.", HelpName = "FILE" };
        Option<string?> variant = new("--variant") { Description = "Label of the variant, where a package has several.", HelpName = "LABEL" };
        RegistryArguments registry = new();
        Command command = new("sbom", "Write a model's bill of materials: files, licenses, lineage, the type of every tensor.") { path, format, output, variant };
        registry.AddTo(command, writes: false, json: false);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string text = ModelArguments.RequirePath(parsed.GetValue(path)!, "PATH");
            string? file = parsed.GetValue(output) is { } named ? ModelArguments.RequirePath(named, "--output") : null;
            SbomFormat chosen = SbomFormat.All.First(f => f.Name == parsed.GetValue(format));
            string bill;
            if (PackageTarget.IsOne(text))
            {
                using PackageTarget target = PackageTarget.Open(text, "REF", registry.Read(parsed));
                OciManifest manifest = await new PackagePull(target.Store).ChooseAsync(await target.GetAsync(cancel), parsed.GetValue(variant), cancel);
                bill = await PackageSbom.ReadAsync(target.Store, manifest, chosen, terminal.Warn, cancel);
            }
            else
            {
                bill = await OfModelAsync(text, chosen, terminal, cancel);
            }

            if (file is null)
            {
                terminal.Output.Write(bill);
            }
            else
            {
                TextFile.Write(file, bill, overwrite: true);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<string> OfModelAsync(string path, SbomFormat format, CommandTerminal terminal, CancellationToken cancel)
    {
        PackInput input = PackInput.Read([path]);
        List<ReportFile> files = [];
        foreach (PackageFile file in input.Files.OrderBy(static f => f.Path, StringComparer.Ordinal))
        {
            IReadOnlyList<SignedFile> hashed = await FolderDigests.OfAsync(file.Source!, cancel);
            files.Add(new(file.Path, hashed[0].Sha256));
        }

        AuditReport report = SbomReport.Of(SubjectReader.Read(path, terminal.Warn, cancel));
        return format.Create(report, SbomSubject.Read(input.Models[0], files, terminal.Warn, cancel));
    }
}
