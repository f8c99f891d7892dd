using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Layouts;

/// <summary>The index.json of a layout: one entry a tag, in the order of the tags.</summary>
internal static class LayoutIndex
{
    /// <summary>The index in which a tag names a manifest; other entries stay.</summary>
    public static OciManifest With(IReadOnlyList<Descriptor> entries, OciManifest manifest, string tag)
    {
        Descriptor entry = manifest.Describe(new Dictionary<string, string> { [AnnotationKeys.RefName] = tag });
        IEnumerable<Descriptor> others = entries.Where(e => e.Annotation(AnnotationKeys.RefName) != tag);
        return OciManifest.OfIndex(
            [.. others.Append(entry).OrderBy(static e => e.Annotation(AnnotationKeys.RefName), StringComparer.Ordinal).ThenBy(static e => e.Digest.Hex, StringComparer.Ordinal)],
            new Dictionary<string, string>());
    }
}
