using System.CommandLine;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack push": a version from a layout to a registry, or packages to a NuGet feed.</summary>
internal static class PushCommand
{
    public static Command Create()
    {
        Argument<string> layout = new("PATH") { Description = "An OCI layout, as pack writes it; or .nupkg files, or a folder of them." };
        Argument<string[]> references = new("REF")
        {
            Description = "oci://HOST/REPOSITORY[:TAG], s3://BUCKET/PREFIX[:TAG] or FOLDER[:TAG]; without TAG: the layout's only version. "
                + "After .nupkg files: nuget+https://HOST/PATH/index.json, or a folder.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> channels = new("--channels") { Description = "Move latest, MAJOR and MAJOR.MINOR to this version." };
        RegistryArguments registry = new();
        Command command = new("push", "Push a version with all its variants to a registry, a bucket or a folder, or packages to a NuGet feed.")
        {
            layout, references, channels,
        };
        registry.AddTo(command, writes: true);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string folder = ModelArguments.RequirePath(parsed.GetValue(layout)!, "PATH");
            string[] rest = parsed.GetValue(references)!;
            if (NuGetPushRun.Applies(folder, rest[^1]))
            {
                return await NuGetPushRun.RunAsync(terminal, [folder, .. rest[..^1]], rest[^1], registry.Read(parsed), parsed.GetValue(registry.Json), cancel);
            }

            if (rest.Length > 1)
            {
                throw new UsageException($"REF: '{rest[0]}' and '{rest[1]}'; expected one, for a layout goes to one place at a time");
            }

            string named = rest[0];
            string? asked = RegistryArguments.TargetOf(named, "REF");
            if (Digest.TryParse(asked, out _))
            {
                throw new UsageException($"REF: {named}: expected a tag; a digest follows from the content");
            }

            using LayoutStore source = LayoutStore.Open(folder);
            OciManifest root = await FindAsync(source, asked, cancel);
            (PackageStore opened, _) = RegistryArguments.Open(named, "REF", registry.Read(parsed, folder), create: true);
            using PackageStore destination = opened;
            string tag = asked ?? PackageVersion.TryParse(root.Annotation(AnnotationKeys.Version))?.Tag
                ?? throw new UsageException("REF: the layout says no version; expected a tag");
            IReadOnlyList<string> tags = [tag, .. parsed.GetValue(channels) ? Channels(root).Where(c => c != tag) : []];
            PackageTransfer transfer = new(source, destination, registry.Force(parsed));
            return await TransferRun.RunAsync(terminal, "push", transfer, root, tags, destination.Name, parsed.GetValue(registry.Json), cancel);
        });
        return command;
    }

    private static IReadOnlyList<string> Channels(OciManifest root) =>
        PackageVersion.TryParse(root.Annotation(AnnotationKeys.Version))?.Channels ?? throw new UsageException("--channels: the layout says no version");

    // A tag that the layout does not have may be a channel for its only version.
    private static async Task<OciManifest> FindAsync(LayoutStore source, string? tag, CancellationToken cancel)
    {
        if (tag is not null && await source.FindAsync(tag, cancel) is { } named)
        {
            return named;
        }

        IReadOnlyList<Descriptor> entries = source.ReadPackages();
        Descriptor[] versions = [.. entries.Where(static e => MediaTypes.IsIndex(e.MediaType)).DistinctBy(static e => e.Digest)];
        versions = versions.Length == 0 ? [.. entries.DistinctBy(static e => e.Digest)] : versions;
        string known = string.Join(", ", entries.Select(static e => e.Annotation(AnnotationKeys.RefName) ?? e.Digest.ToString()));
        bool fits = versions.Length == 1 && (tag is null || !PackageVersion.IsRelease(tag));
        return fits
            ? await source.GetAsync(versions[0].Digest.ToString(), cancel)
            : throw new UsageException($"REF: {(tag is null ? "expected a tag" : $"no '{tag}' in the layout")}; there are {known}");
    }
}
