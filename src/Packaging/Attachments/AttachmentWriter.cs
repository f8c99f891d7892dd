using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Attachments;

/// <summary>Attaches documents to manifests: the document, then the manifest that names it and its subject.</summary>
public static class AttachmentWriter
{
    /// <param name="store">Where the subject is.</param>
    /// <param name="subject">What the document is about.</param>
    /// <param name="mediaType">The document's type.</param>
    /// <param name="content">The document.</param>
    /// <param name="annotations">Shown where attachments are listed.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The manifest that attaches it; the same document again gives the same manifest.</returns>
    public static async Task<OciManifest> AddAsync(
        PackageStore store, OciManifest subject, string mediaType, ReadOnlyMemory<byte> content, IReadOnlyDictionary<string, string> annotations, CancellationToken cancel)
    {
        Descriptor document = await store.PutBytesAsync(content, mediaType, cancel);
        await store.PutBytesAsync(OciManifest.EmptyObject.ToArray(), MediaTypes.Empty, cancel);
        OciManifest manifest = OciManifest.OfAttachment(subject.Describe(new Dictionary<string, string>()), document, annotations);
        await store.PutManifestAsync(manifest, null, cancel);
        return manifest;
    }
}
