namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack pack --json</c> prints; fields are added, never renamed.</summary>
internal sealed record PackDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The layout folder.</summary>
    public required string Output { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public string? Variant { get; init; }

    /// <summary>Digest of the version's index.</summary>
    public required string Digest { get; init; }

    /// <summary>Digest of the variant's manifest.</summary>
    public required string Manifest { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>All variants of the version now.</summary>
    public required IReadOnlyList<string> Variants { get; init; }

    /// <summary>Verdict of the license audit; "none" when there was none.</summary>
    public required string Audit { get; init; }

    /// <summary>SPDX expressions.</summary>
    public required IReadOnlyList<string> Licenses { get; init; }

    /// <summary>Bytes of all layers.</summary>
    public required long Bytes { get; init; }

    /// <summary>Documents that were attached: "sbom", "provenance" and the digests of their manifests.</summary>
    public required IReadOnlyList<AttachmentDocument> Attached { get; init; }

    public required IReadOnlyList<PackLayerDocument> Layers { get; init; }
}
