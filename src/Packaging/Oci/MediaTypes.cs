namespace ModelPack.Packaging.Oci;

/// <summary>Media types of OCI image-spec 1.1 and of the CNCF ModelPack specification (model-spec, docs/spec.md).</summary>
public static class MediaTypes
{
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    public const string Index = "application/vnd.oci.image.index.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>artifactType of a model's manifest.</summary>
    public const string Model = "application/vnd.cncf.model.manifest.v1+json";

    public const string ModelConfig = "application/vnd.cncf.model.config.v1+json";

    /// <summary>The config of a manifest that has none.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    /// <summary>A software bill of materials by CycloneDX.</summary>
    public const string CycloneDx = "application/vnd.cyclonedx+json";

    /// <summary>A software bill of materials by SPDX.</summary>
    public const string Spdx = "application/spdx+json";

    /// <summary>A statement of in-toto, not signed.</summary>
    public const string Statement = "application/vnd.in-toto+json";

    /// <summary>A bundle of Sigstore: a signed statement.</summary>
    public const string Bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";

    private const string LayerPrefix = "application/vnd.cncf.model.";
    private const string RawSuffix = ".v1.raw";

    /// <summary>Every type of manifest that is read, for "Accept".</summary>
    public static IReadOnlyList<string> Manifests { get; } = [Manifest, Index, DockerManifest, DockerIndex];

    /// <summary>Type of a layer that is one file as it is.</summary>
    /// <param name="kind">"weight", "weight.config", "doc", "code" or "dataset".</param>
    public static string Raw(string kind) => LayerPrefix + kind + RawSuffix;

    /// <summary>Whether a layer is an archive, not one file: the types of the specification that end in tar, tar+gzip or tar+zstd.</summary>
    public static bool IsArchive(string type) => type.Contains(".tar", StringComparison.Ordinal) || type.EndsWith("+gzip", StringComparison.Ordinal)
        || type.EndsWith("+zstd", StringComparison.Ordinal);

    /// <summary>Whether a document is an index of manifests.</summary>
    public static bool IsIndex(string type) => type is Index or DockerIndex;
}
