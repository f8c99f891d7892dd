using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Signing;

/// <summary>The files of a package and their hashes, as its manifests say them: no file is read.</summary>
public static class PackageFiles
{
    /// <summary>The files of a manifest; a layer without a path goes by its digest.</summary>
    public static IReadOnlyList<SignedFile> Of(OciManifest manifest) =>
        [.. manifest.Layers.Select(static l => new SignedFile(l.Annotation(AnnotationKeys.FilePath) ?? l.Annotation(AnnotationKeys.Title) ?? l.Digest.ToString(), l.Digest.Hex))];

    /// <summary>The files of a manifest, or of all variants of an index, each below the label of its variant.</summary>
    /// <exception cref="InvalidPackageException">A manifest is missing or broken, or two files have one path.</exception>
    public static async Task<IReadOnlyList<SignedFile>> OfAsync(PackageStore store, OciManifest root, CancellationToken cancel)
    {
        List<SignedFile> files = [.. Of(root)];
        foreach (Descriptor child in root.Manifests)
        {
            string label = child.Annotation(AnnotationKeys.Variant) ?? child.Digest.ToString();
            OciManifest manifest = await store.GetAsync(child.Digest.ToString(), cancel);
            files.AddRange(Of(manifest).Select(f => f with { Name = $"{label}/{f.Name}" }));
        }

        string? twice = files.GroupBy(static f => f.Name, StringComparer.Ordinal).FirstOrDefault(static g => g.Count() > 1)?.Key;
        return twice is null ? files : throw new InvalidPackageException($"{store.Name}: {root.Digest}: two files have the path '{twice}'");
    }
}
