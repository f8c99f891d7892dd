using ModelPack.Models;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Packing;

/// <summary>Packs a model into a layout as the CNCF ModelPack specification says: a manifest a variant, a raw layer a file, an index a version.</summary>
public static class Packer
{
    /// <param name="request">What to pack.</param>
    /// <param name="layout">Where to; a version that is there gets one more variant.</param>
    /// <param name="progress">Told the bytes read of all files.</param>
    /// <param name="cancel">Stops between buffers; the layout then is as it was, but for blobs that nothing names.</param>
    /// <exception cref="ModelPackException">A file cannot be read, or the layout holds other content under this version and variant.</exception>
    public static async Task<PackageResult> RunAsync(PackageRequest request, LayoutStore layout, IProgress<long> progress, CancellationToken cancel)
    {
        string? variantTag = request.Variant is null ? null : request.Version.VariantTag(request.Variant);
        PackageFile[] files = [.. request.Files.OrderBy(static f => f.Path, StringComparer.Ordinal)];
        PackagePath.Check([.. files.Select(static f => f.Path)], request.Name);
        if (files.Length == 0)
        {
            throw new ModelPackException($"{request.Name}: no files to pack");
        }

        List<Descriptor> layers = [];
        BlobIntake intake = new(layout, request.Link);
        long done = 0;
        foreach (PackageFile file in files)
        {
            (string mediaType, bool guessed) = LayerKind.Of(file.Path);
            Descriptor blob = file.Source is null
                ? layout.PutBytes(file.Content.Span, mediaType)
                : await intake.TakeAsync(file, mediaType, new Sum(progress, done), cancel);
            done += blob.Size;
            layers.Add(blob with { Annotations = LayerAnnotations(file.Path, guessed) });
        }

        Descriptor config = layout.PutBytes(ModelConfig.Bytes(request, layers), MediaTypes.ModelConfig);
        OciManifest manifest = OciManifest.OfModel(config, layers, ManifestAnnotations(request));
        OciManifest index = await AddAsync(request, manifest, layout, cancel);
        await layout.PutManifestAsync(manifest, variantTag, cancel);
        await layout.PutManifestAsync(index, request.Version.Tag, cancel);
        return new(
            index,
            manifest,
            [.. ((string?[])[request.Version.Tag, variantTag]).OfType<string>()],
            [.. index.Manifests.Select(static m => m.Annotation(AnnotationKeys.Variant) ?? "")]);
    }

    private static async Task<OciManifest> AddAsync(PackageRequest request, OciManifest manifest, LayoutStore layout, CancellationToken cancel)
    {
        string version = request.Version.ToString();
        OciManifest? old = await layout.FindAsync(request.Version.Tag, cancel);
        if (old is not null && (!old.IsIndex || old.Annotation(AnnotationKeys.Title) != request.Name || old.Annotation(AnnotationKeys.Version) != version))
        {
            throw new ModelPackException(
                $"{layout.Folder}: '{request.Version.Tag}' is {old.Annotation(AnnotationKeys.Title)} {old.Annotation(AnnotationKeys.Version)}; expected {request.Name} {version}: use another folder");
        }

        Descriptor? same = old?.Manifests.FirstOrDefault(m => m.Annotation(AnnotationKeys.Variant) == request.Variant);
        if (same is not null && same.Digest != manifest.Digest && !request.Overwrite)
        {
            throw new ModelPackException(
                $"{layout.Folder}: {version}{(request.Variant is null ? "" : $" {request.Variant}")} is there with other content ({same.Digest}); expected a new version, or --overwrite");
        }

        Dictionary<string, string> variant = request.Variant is null ? [] : new() { [AnnotationKeys.Variant] = request.Variant };
        IEnumerable<Descriptor> others = old?.Manifests.Where(m => m != same) ?? [];
        return OciManifest.OfIndex(
            [.. others.Append(manifest.Describe(variant)).OrderBy(static m => m.Annotation(AnnotationKeys.Variant) ?? "", StringComparer.Ordinal)],
            new Dictionary<string, string> { [AnnotationKeys.Title] = request.Name, [AnnotationKeys.Version] = version });
    }

    private static Dictionary<string, string> LayerAnnotations(string path, bool guessed)
    {
        Dictionary<string, string> annotations = new() { [AnnotationKeys.FilePath] = path };
        if (guessed)
        {
            annotations[AnnotationKeys.Untested] = "true";
        }

        return annotations;
    }

    private static Dictionary<string, string> ManifestAnnotations(PackageRequest request)
    {
        Dictionary<string, string> annotations = new()
        {
            [AnnotationKeys.Title] = request.Name,
            [AnnotationKeys.Version] = request.Version.ToString(),
            [AnnotationKeys.Audit] = request.Audit,
        };
        Add(AnnotationKeys.Variant, request.Variant);
        Add(AnnotationKeys.BaseModels, request.BaseModels.Count == 0 ? null : string.Join(", ", request.BaseModels));
        Add(AnnotationKeys.Created, ModelConfig.Time(request.Created));
        Add(AnnotationKeys.Licenses, request.Licenses.Count == 0 ? null : string.Join(" AND ", request.Licenses.Select(l => request.Licenses.Count > 1 && l.Contains(' ', StringComparison.Ordinal) ? $"({l})" : l)));
        return annotations;

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                annotations[key] = value;
            }
        }
    }

    private sealed class Sum(IProgress<long> all, long before) : IProgress<long>
    {
        public void Report(long value) => all.Report(before + value);
    }
}
