using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Verification;

/// <summary>A document that is attached to a package and was looked at.</summary>
/// <param name="Kind">"sbom", "provenance", "signature" or "attachment".</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Subject">Digest of what it is attached to.</param>
/// <param name="Digest">Digest of the manifest that attaches it.</param>
/// <param name="IsSigned">Whether the key's signature names it, or it is that signature.</param>
public sealed record VerifiedAttachment(string Kind, string? MediaType, Digest Subject, Digest Digest, bool IsSigned);
