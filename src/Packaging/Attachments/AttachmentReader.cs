using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Attachments;

/// <summary>Reads what is attached to a manifest, each document compared with its digest.</summary>
public static class AttachmentReader
{
    /// <summary>Largest document that is read.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Bytes of all documents of one manifest that are read.</summary>
    internal const long MaxTotal = 256 << 20;

    /// <summary>Attachments of one manifest that are looked at: a registry lets anyone who may push add more.</summary>
    internal const int MaxCount = 1000;

    /// <summary>Reads the attachments of the kinds that are asked for.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="subject">What they are attached to.</param>
    /// <param name="wanted">Media types; empty for all that hold one document.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="InvalidPackageException">A document is not what its manifest says.</exception>
    public static async Task<IReadOnlyList<Attachment>> ReadAsync(PackageStore store, Digest subject, IReadOnlyCollection<string> wanted, CancellationToken cancel)
    {
        List<Attachment> found = [];
        foreach (Descriptor entry in await store.ReferrersAsync(subject, cancel))
        {
            if ((wanted.Count == 0 || wanted.Contains(entry.ArtifactType)) && await ReadAsync(store, subject, entry, cancel) is { } attachment
                && attachment.Manifest.ArtifactType == entry.ArtifactType)
            {
                found.Add(attachment);
            }

            if (IsTooMuch(found))
            {
                throw new InvalidPackageException($"{store.Name}: more than {MaxTotal} bytes are attached to {subject}");
            }
        }

        return found;
    }

    /// <summary>Reads one attachment; null when it holds not one document, or a larger one than any that is meant here.</summary>
    /// <exception cref="InvalidPackageException">It is not what the listing or its manifest says.</exception>
    public static async Task<Attachment?> ReadAsync(PackageStore store, Digest subject, Descriptor entry, CancellationToken cancel)
    {
        OciManifest manifest = await store.GetAsync(entry.Digest.ToString(), cancel);
        if (manifest.Subject?.Digest != subject)
        {
            throw new InvalidPackageException($"{store.Name}: {entry.Digest}: listed as attached to {subject}; its subject is {manifest.Subject?.Digest.ToString() ?? "missing"}");
        }

        return manifest.Layers is [{ Size: <= MaxBytes } document]
            ? new(manifest, document, await ContentAsync(store, document, cancel))
            : null;
    }

    /// <summary>Whether what was read is more than any package has attached: a stranger's documents must not fill the memory.</summary>
    internal static bool IsTooMuch(IReadOnlyList<Attachment> read) => read.Sum(static a => a.Document.Size) > MaxTotal;

    /// <summary>The bytes of a small blob.</summary>
    /// <exception cref="InvalidPackageException">They have another digest, or there are more or fewer.</exception>
    public static async Task<byte[]> ContentAsync(PackageStore store, Descriptor blob, CancellationToken cancel)
    {
        if (blob.Size > MaxBytes)
        {
            throw new InvalidPackageException($"{store.Name}: blob {blob.Digest}: {blob.Size} bytes; expected a document of at most {MaxBytes}");
        }

        byte[] bytes = new byte[blob.Size];
        try
        {
            await using Stream stream = await store.OpenBlobAsync(blob, 0, cancel);
            int length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
            return length == bytes.Length && Digest.Of(bytes) == blob.Digest
                ? bytes
                : throw new InvalidPackageException($"{store.Name}: blob {blob.Digest}: the bytes that came have the digest {Digest.Of(bytes.AsSpan(0, length))}");
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            throw new RegistryException($"{store.Name}: blob {blob.Digest}: cannot be read: {fault.Message.TrimEnd('.')}", null, fault);
        }
    }
}
