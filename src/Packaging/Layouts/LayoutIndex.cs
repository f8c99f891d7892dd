using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Layouts;

/// <summary>The index.json of a layout: one entry a tag, in the order of the tags.</summary>
internal static class LayoutIndex
{
    /// <summary>The index in which a tag names a manifest, or in which an attachment stands without one; other entries stay.</summary>
    public static OciManifest With(IReadOnlyList<Descriptor> entries, OciManifest manifest, string? tag)
    {
        Descriptor entry = manifest.Describe(tag is null ? manifest.Annotations : new Dictionary<string, string> { [AnnotationKeys.RefName] = tag });
        IEnumerable<Descriptor> others = tag is null
            ? entries.Where(e => e.Digest != manifest.Digest || e.Annotation(AnnotationKeys.RefName) is not null)
            : entries.Where(e => e.Annotation(AnnotationKeys.RefName) != tag);
        return OciManifest.OfIndex(
            [.. others.Append(entry).OrderBy(static e => e.Annotation(AnnotationKeys.RefName), StringComparer.Ordinal).ThenBy(static e => e.Digest.Hex, StringComparer.Ordinal)],
            new Dictionary<string, string>());
    }
}
