using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack pull": the files of a package into a folder.</summary>
internal static class PullCommand
{
    public static Command Create()
    {
        Argument<string> reference = new("REF") { Description = "oci://HOST/REPOSITORY:TAG or @DIGEST, s3://BUCKET/PREFIX:TAG, or LAYOUT:TAG." };
        Option<string> output = new("--output", "-o") { Description = "The folder to write the files into.", HelpName = "FOLDER", Required = true };
        Option<string?> variant = new("--variant") { Description = "Label of the variant, where the version has several.", HelpName = "LABEL" };
        Option<string[]> include = new("--include") { Description = "Pull only files whose path or name fits, with * and ?; repeatable.", HelpName = "PATTERN" };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace files of other content." };
        RegistryArguments registry = new();
        Command command = new("pull", "Pull a package's files, each verified by its digest.") { reference, output, variant, include, overwrite };
        registry.AddTo(command, writes: false);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string folder = ModelArguments.RequirePath(parsed.GetValue(output)!, "--output");
            string named = parsed.GetValue(reference)!;
            (PackageStore store, string? target) = RegistryArguments.Open(named, "REF", registry.Read(parsed));
            using PackageStore source = store;
            PackagePull pull = new(source);
            OciManifest root = await source.GetAsync(target ?? throw new UsageException($"REF: '{named}': expected a tag or a digest at its end"), cancel);
            OciManifest manifest = await pull.ChooseAsync(root, parsed.GetValue(variant), cancel);
            ProgressLine line = new(terminal, "pull", TimeProvider.System);
            IReadOnlyList<string> files;
            int attached;
            try
            {
                files = await pull.RunAsync(manifest, folder, parsed.GetValue(include) ?? [], parsed.GetValue(overwrite), new TransferRelay(line), cancel);
                attached = await pull.PullAttachedAsync(manifest, folder, cancel);
            }
            finally
            {
                line.Finish();
            }

            Write(terminal, new() { Reference = named, Digest = manifest.Digest.ToString(), Variant = manifest.Annotation(AnnotationKeys.Variant), Output = folder, Files = files, Attached = attached }, parsed.GetValue(registry.Json));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Write(CommandTerminal terminal, PullDocument document, bool json)
    {
        if (json)
        {
            JsonDocuments.Write(terminal.Output, document);
            return;
        }

        terminal.Output.WriteLine(CommandTerminal.Printable($"{document.Reference} -> {document.Output}"));
        terminal.Output.WriteLine($"  {document.Digest}");
        if (document.Attached > 0)
        {
            terminal.Output.WriteLine($"  {document.Attached} documents attached, in .modelpack");
        }

        foreach (string file in document.Files)
        {
            terminal.Output.WriteLine($"  {CommandTerminal.Printable(file)}");
        }
    }
}
