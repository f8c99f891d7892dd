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
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Provenance;

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
        Option<string?> split = new("--split-max-size") { Description = "Divide .gguf files that are larger into files of at most this size, as llama.cpp reads them: a transfer that breaks off loses no more.", HelpName = "SIZE" };
        NuGetArguments nuget = new();
        Option<bool> noAudit = new("--no-audit") { Description = "Pack without a license audit; the package says so." };
        Option<bool> noSbom = new("--no-sbom") { Description = "Attach no bills of materials (CycloneDX, SPDX)." };
        Option<bool> noProvenance = new("--no-provenance") { Description = "Attach no provenance (SLSA)." };
        Option<string[]> sources = new("--source") { Description = "File or folder that the model was made from, such as the checkpoint or the calibration text: its hashes go into the provenance, its license texts into the package where the model has none; repeatable.", HelpName = "PATH" };
        Option<bool> link = new("--link") { Description = "Give the layout second names of the files instead of copies; do not change the files afterwards." };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace other content of the same version and variant." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("pack", "Pack a model as a versioned package after auditing its licenses.") { paths };
        question.AddTo(command);
        foreach (Option option in (Option[])[version, variant, format, output, split, .. nuget.Options, noAudit, sources, noSbom, noProvenance, link, overwrite, json])
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
            long? most = parsed.GetValue(split) is { } size ? UsageException.Guard("--split-max-size", () => ByteSize.Parse(size)) : null;
            string folder = ModelArguments.RequirePath(parsed.GetValue(output)!, "--output");
            PackInput input = PackInput.Read([.. parsed.GetValue(paths)!.Select(static p => ModelArguments.RequirePath(p, "PATH"))]);
            PackInput packed = most is { } bytes ? input.Divide(bytes) : input;
            string[] made = [.. (parsed.GetValue(sources) ?? []).Select(static s => ModelArguments.RequirePath(s, "--source"))];
            PackAudit? audit = parsed.GetValue(noAudit) ? null : PackAudit.Run(input.Models, made, options, policy, terminal, cancel);
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
                Files = Join(packed.Files, audit?.Files ?? []),
                Description = PackDescriber.Describe(input.Models[0], terminal.Warn, cancel),
                Licenses = audit?.Licenses ?? [],
                BaseModels = [.. (audit?.Reports ?? []).SelectMany(static r => r.Artifacts).Where(static a => a.Child is not null && a.Relation is not (Relation.Dataset or Relation.Aggregate)).Select(static a => a.Name).Distinct()],
                Audit = audit is null ? "none" : CatalogWords.Spelling(audit.Verdict),
                Created = BuildInfo.SourceDate(),
                Overwrite = parsed.GetValue(overwrite),
                Link = parsed.GetValue(link),
            };
            if (forNuGet is not null)
            {
                return await NuGetPackRun.RunAsync(terminal, request, forNuGet, folder, parsed.GetValue(json), cancel);
            }

            PackRecords records = new(request, input, audit, terminal)
            {
                HasSbom = !parsed.GetValue(noSbom),
                HasProvenance = !parsed.GetValue(noProvenance),
                Parameters = [.. Parameters(request, input, most, parsed.GetValue(noAudit)), .. question.Parameters(parsed)],
                Sources = await PackSources.ReadAsync([.. made, .. question.PolicyFile(parsed) is { } file ? (string[])[file] : []], cancel),
            };
            (PackageResult result, IReadOnlyList<OciManifest> attached) = await PackAsync(terminal, request, records, folder, cancel);
            Write(terminal, request, result, attached, folder, parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<(PackageResult Result, IReadOnlyList<OciManifest> Attached)> PackAsync(
        CommandTerminal terminal, PackageRequest request, PackRecords records, string folder, CancellationToken cancel)
    {
        using LayoutStore layout = LayoutStore.OpenOrCreate(folder);
        long total = request.Files.Sum(static f => f.Bytes);
        ProgressLine line = new(terminal, "pack", TimeProvider.System);
        try
        {
            PackageResult result = await Packer.RunAsync(request, layout, new PackRelay(line, total), cancel);
            return (result, await records.AttachAsync(layout, result.Manifest, cancel));
        }
        finally
        {
            line.Finish();
        }
    }

    private static IEnumerable<ProvenanceValue> Parameters(PackageRequest request, PackInput input, long? most, bool noAudit)
    {
        yield return ProvenanceValue.List("paths", [.. input.Models.Select(static m => Path.GetFileName(m))]);
        yield return ProvenanceValue.Of("name", request.Name);
        yield return ProvenanceValue.Of("version", request.Version.ToString());
        if (request.Variant is { } label)
        {
            yield return ProvenanceValue.Of("variant", label);
        }

        yield return ProvenanceValue.Of("as", "oci");
        if (most is { } bytes)
        {
            yield return ProvenanceValue.Of("split-max-size", bytes.ToString(CultureInfo.InvariantCulture));
        }

        yield return ProvenanceValue.Of("no-audit", noAudit ? "true" : "false");
    }

    // What the audit wrote stands for the model's own file of that name, whose text it holds.
    private static PackageFile[] Join(IReadOnlyList<PackageFile> files, IReadOnlyList<PackageFile> written)
    {
        HashSet<string> names = [.. written.Select(static f => f.Path)];
        return [.. files.Where(f => !names.Contains(f.Path)), .. written];
    }

    private static void Write(CommandTerminal terminal, PackageRequest request, PackageResult result, IReadOnlyList<OciManifest> attached, string folder, bool json)
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
                Attached = [.. attached.Select(a => new AttachmentDocument(AttachmentKind.Of(a.ArtifactType), a.ArtifactType, result.Manifest.Digest.ToString(), a.Digest.ToString()))],
                Layers = [.. result.Manifest.Layers.Select(static l => new PackLayerDocument(l.Annotation(AnnotationKeys.FilePath)!, l.MediaType, l.Digest.ToString(), l.Size))],
            });
            return;
        }

        TextWriter output = terminal.Output;
        output.WriteLine(CommandTerminal.Printable($"{request.Name} {request.Version}{(request.Variant is null ? "" : $" {request.Variant}")} -> {folder}"));
        output.WriteLine($"  {result.Manifest.Layers.Count} files, {ByteSize.Format(bytes)}");
        output.WriteLine(CommandTerminal.Printable($"  license {(request.Licenses.Count == 0 ? "not said" : string.Join(", ", request.Licenses))}, audit: {request.Audit}"));
        if (attached.Count > 0)
        {
            output.WriteLine($"  attached: {string.Join(", ", attached.Select(static a => AttachmentKind.Of(a.ArtifactType)).Distinct())}");
        }

        output.WriteLine($"  {result.Manifest.Digest}");
        output.WriteLine($"  {string.Join(", ", result.Tags)}");
    }
}
