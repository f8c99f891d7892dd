using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Provenance;

/// <summary>How a package came to be.</summary>
public sealed record ProvenanceRecord
{
    /// <summary>Name of the package.</summary>
    public required string Name { get; init; }

    /// <summary>Its manifest.</summary>
    public required Digest Manifest { get; init; }

    /// <summary>Version of this program.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>What the user asked for: options and their values, without paths of the machine.</summary>
    public required IReadOnlyList<ProvenanceValue> Parameters { get; init; }

    /// <summary>What followed from it: the audit's verdict, the licenses, texts that are missing.</summary>
    public required IReadOnlyList<ProvenanceValue> Findings { get; init; }

    /// <summary>The files that went in.</summary>
    public required IReadOnlyList<ProvenanceSource> Sources { get; init; }

    /// <summary>Documents that were made along with the package.</summary>
    public required IReadOnlyList<ProvenanceSource> Byproducts { get; init; }

    /// <summary>When, in RFC 3339; null for no time.</summary>
    public string? Time { get; init; }
}
