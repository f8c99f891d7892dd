using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack push --json</c> and <c>copy --json</c> print; fields are added, never renamed.</summary>
internal sealed record TransferDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Where the package is now.</summary>
    public required string Reference { get; init; }

    public required string Digest { get; init; }

    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Blobs whose bytes were sent.</summary>
    public required int Sent { get; init; }

    /// <summary>Blobs that were there.</summary>
    public required int Skipped { get; init; }

    /// <summary>Blobs that the registry took from another repository.</summary>
    public required int Mounted { get; init; }

    public required long SentBytes { get; init; }

    /// <summary>Documents that are attached and came along: SBOM, provenance, signatures.</summary>
    public required int Attached { get; init; }

    public static TransferDocument Of(string reference, TransferResult result) => new()
    {
        Reference = reference,
        Digest = result.Digest.ToString(),
        Tags = result.Tags,
        Sent = result.Sent,
        Skipped = result.Skipped,
        Mounted = result.Mounted,
        SentBytes = result.SentBytes,
        Attached = result.Attached,
    };
}
