using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Signing;

/// <summary>A document that was attached to a package when it was signed.</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Manifest">Digest of the manifest that attaches it, which holds the digest of the document.</param>
public sealed record SignedDocument(string MediaType, Digest Manifest);
