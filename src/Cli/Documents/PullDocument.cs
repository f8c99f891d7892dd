namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack pull --json</c> prints; fields are added, never renamed.</summary>
internal sealed record PullDocument
{
    public int SchemaVersion { get; init; } = 1;

    public required string Reference { get; init; }

    /// <summary>Digest of the manifest.</summary>
    public required string Digest { get; init; }

    public string? Variant { get; init; }

    /// <summary>The folder.</summary>
    public required string Output { get; init; }

    /// <summary>Documents that are attached to the package: SBOM, provenance, signatures; kept in ".modelpack/attached", an OCI layout.</summary>
    public required int Attached { get; init; }

    /// <summary>Paths in the folder.</summary>
    public required IReadOnlyList<string> Files { get; init; }
}
