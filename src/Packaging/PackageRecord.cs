namespace ModelPack.Packaging;

/// <summary>Where a pulled package keeps what it was pulled from.</summary>
internal static class PackageRecord
{
    /// <summary>Folder beside the package's files.</summary>
    public const string Folder = ".modelpack";

    /// <summary>The manifest, byte by byte.</summary>
    public const string ManifestFile = "manifest.json";

    /// <summary>The model's config, byte by byte.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>A layout of the documents that were attached: SBOM, provenance, signatures.</summary>
    public const string AttachedFolder = "attached";

    /// <summary>Paths that were asked for when not all were: one a line.</summary>
    public const string PartFile = "pulled-files.txt";
}
