namespace ModelPack.Cli.Documents;

/// <summary>A document that is attached to a package.</summary>
/// <param name="Kind">"sbom", "provenance", "signature" or "attachment".</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Subject">Digest of what it is attached to.</param>
/// <param name="Digest">Digest of the manifest that attaches it.</param>
/// <param name="Signed">Whether the key's signature covers it; absent where none was asked for.</param>
internal sealed record AttachmentDocument(string Kind, string? MediaType, string Subject, string Digest, bool? Signed = null);
