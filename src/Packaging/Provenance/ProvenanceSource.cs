using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Provenance;

/// <summary>A file that went into a package, or a work that it comes from.</summary>
/// <param name="Name">Path without the machine's part, or a name.</param>
/// <param name="Digest">Digest of its bytes; null when only its name is known.</param>
/// <param name="Uri">Package URL; null for a file.</param>
/// <param name="MediaType">Its type; null when that does not matter.</param>
public sealed record ProvenanceSource(string Name, Digest? Digest, string? Uri = null, string? MediaType = null);
