using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Packing;

/// <summary>What was packed.</summary>
/// <param name="Index">Index of the version.</param>
/// <param name="Manifest">Manifest of the variant.</param>
/// <param name="Tags">Tags of both in the layout, the version's first.</param>
/// <param name="Variants">Labels of all variants of the version now.</param>
public sealed record PackageResult(OciManifest Index, OciManifest Manifest, IReadOnlyList<string> Tags, IReadOnlyList<string> Variants);
