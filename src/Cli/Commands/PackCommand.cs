using System.CommandLine;
using System.Globalization;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Policy;
using ModelPack.Packaging;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack pack": a model as a package in an OCI layout, after its licenses were audited.</summary>
internal static class PackCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = new("PATH")
        {
            Description = "The model: a folder, a .gguf or an .onnx file; then files that go with it.",
            Arity = ArgumentArity.OneOrMore,
        };
        AuditQuestion question = new(UseKind.Redistribute, "The package's name.");
        Option<string> version = new("--version") { Description = "MAJOR.MINOR.PATCH, with a pre-release or build if wanted (SemVer 2).", HelpName = "SEMVER", Required = true };
        Option<string?> variant = new("--variant") { Description = "Label of this variant of the version, such as q4_k_m.", HelpName = "LABEL" };
        Option<string> format = new("--as") { Description = "Format of the package.", HelpName = "oci|nuget", DefaultValueFactory = static _ => "oci" };
        format.AcceptOnlyFromAmong("oci", "nuget");
        Option<string> output = new("--output", "-o") { Description = "The layout: a new folder, or one to add to; for nuget, where the packages go.", HelpName = "FOLDER", Required = true };
        NuGetArguments nuget = new();
        Option<bool> noAudit = new("--no-audit") { Description = "Pack without a license audit; the package says so." };
        Option<bool> link = new("--link") { Description = "Give the layout second names of the files instead of copies; do not change the files afterwards." };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace other content of the same version and variant." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("pack", "Pack a model as a versioned package after auditing its licenses.") { paths };
        question.AddTo(command);
        foreach (Option option in (Option[])[version, variant, format, output, .. nuget.Options, noAudit, link, overwrite, json])
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            (AuditOptions options, LicensePolicy policy) = question.Read(parsed);
            PackageVersion semantic = UsageException.Guard("--version", () => PackageVersion.Parse(parsed.GetValue(version)!));
            string? label = parsed.GetValue(variant);
            _ = label is null ? null : UsageException.Guard("--variant", () => semantic.VariantTag(label));
            NuGetPackOptions? forNuGet = nuget.Read(parsed, parsed.GetValue(format) == "nuget", options.Name!, label, parsed.GetValue(link));
            string folder = ModelArguments.RequirePath(parsed.GetValue(output)!, "--output");
            PackInput input = PackInput.Read([.. parsed.GetValue(paths)!.Select(static p => ModelArguments.RequirePath(p, "PATH"))]);
            PackAudit? audit = parsed.GetValue(noAudit) ? null : PackAudit.Run(input.Models, options, policy, terminal, cancel);
            if (audit is not null && audit.Verdict >= policy.FailOn)
            {
                terminal.Error.WriteLine($"modelpack: error: the license audit says {CatalogWords.Spelling(audit.Verdict)}; nothing was packed ('modelpack license audit' tells why)");
                return ExitCode.PolicyViolation;
            }

            PackageRequest request = new()
            {
                Name = options.Name!,
                Version = semantic,
                Variant = label,
                Files = Join(input.Files, audit?.Files ?? []),
                Description = PackDescriber.Describe(input.Models[0], terminal.Warn, cancel),
                Licenses = audit?.Licenses ?? [],
                Audit = audit is null ? "none" : CatalogWords.Spelling(audit.Verdict),
                Created = SourceDate(),
                Overwrite = parsed.GetValue(overwrite),
                Link = parsed.GetValue(link),
            };
            if (forNuGet is not null)
            {
                return await NuGetPackRun.RunAsync(terminal, request, forNuGet, folder, parsed.GetValue(json), cancel);
            }

            PackageResult result = await PackAsync(terminal, request, folder, cancel);
            Write(terminal, request, result, folder, parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<PackageResult> PackAsync(CommandTerminal terminal, PackageRequest request, string folder, CancellationToken cancel)
    {
        using LayoutStore layout = LayoutStore.OpenOrCreate(folder);
        long total = request.Files.Sum(static f => f.Source is null ? f.Content.Length : new FileInfo(f.Source).Length);
        ProgressLine line = new(terminal, "pack", TimeProvider.System);
        try
        {
            return await Packer.RunAsync(request, layout, new PackRelay(line, total), cancel);
        }
        finally
        {
            line.Finish();
        }
    }

    // What the audit wrote stands for the model's own file of that name, whose text it holds.
    private static PackageFile[] Join(IReadOnlyList<PackageFile> files, IReadOnlyList<PackageFile> written)
    {
        HashSet<string> names = [.. written.Select(static f => f.Path)];
        return [.. files.Where(f => !names.Contains(f.Path)), .. written];
    }

    // reproducible-builds.org: the one time that may go into an output.
    private static DateTimeOffset? SourceDate()
    {
        string? text = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        return string.IsNullOrEmpty(text) ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new UsageException($"SOURCE_DATE_EPOCH: '{text}'; expected seconds since 1970");
    }

    private static void Write(CommandTerminal terminal, PackageRequest request, PackageResult result, string folder, bool json)
    {
        long bytes = result.Manifest.Layers.Sum(static l => l.Size);
        if (json)
        {
            JsonDocuments.Write(terminal.Output, new PackDocument
            {
                Output = folder,
                Name = request.Name,
                Version = request.Version.ToString(),
                Variant = request.Variant,
                Digest = result.Index.Digest.ToString(),
                Manifest = result.Manifest.Digest.ToString(),
                Tags = result.Tags,
                Variants = [.. result.Variants.Where(static v => v.Length > 0)],
                Audit = request.Audit,
                Licenses = request.Licenses,
                Bytes = bytes,
                Layers = [.. result.Manifest.Layers.Select(static l => new PackLayerDocument(l.Annotation(AnnotationKeys.FilePath)!, l.MediaType, l.Digest.ToString(), l.Size))],
            });
            return;
        }

        TextWriter output = terminal.Output;
        output.WriteLine(CommandTerminal.Printable($"{request.Name} {request.Version}{(request.Variant is null ? "" : $" {request.Variant}")} -> {folder}"));
        output.WriteLine($"  {result.Manifest.Layers.Count} files, {ByteSize.Format(bytes)}");
        output.WriteLine(CommandTerminal.Printable($"  license {(request.Licenses.Count == 0 ? "not said" : string.Join(", ", request.Licenses))}, audit: {request.Audit}"));
        output.WriteLine($"  {result.Manifest.Digest}");
        output.WriteLine($"  {string.Join(", ", result.Tags)}");
    }
}
