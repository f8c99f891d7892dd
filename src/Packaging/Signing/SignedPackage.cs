using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Signing;

/// <summary>The package that signed files belong to.</summary>
/// <param name="Manifest">Digest of its manifest or index, which holds name, version and config.</param>
/// <param name="Attached">What was attached when it was signed: SBOM, provenance.</param>
public sealed record SignedPackage(Digest Manifest, IReadOnlyList<SignedDocument> Attached);
