using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Attachments;

/// <summary>A document that is attached to a manifest, read and compared with its digests.</summary>
/// <param name="Manifest">What attaches it.</param>
/// <param name="Document">Its layer.</param>
/// <param name="Content">Its bytes.</param>
public sealed record Attachment(OciManifest Manifest, Descriptor Document, ReadOnlyMemory<byte> Content)
{
    /// <summary>"sbom", "provenance", "signature" or "attachment".</summary>
    public string Kind => AttachmentKind.Of(Manifest.ArtifactType);
}
