using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>Where packages are: a layout folder or a repository of a registry.</summary>
public abstract class PackageStore : IDisposable
{
    private int _downloads;

    /// <summary>What to call it in messages; holds no secrets.</summary>
    public abstract string Name { get; }

    /// <summary>Reads a manifest or an index.</summary>
    /// <param name="reference">A tag, or a digest, which the bytes then have.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidPackageException">It is no manifest, or has another digest.</exception>
    public abstract Task<OciManifest?> FindAsync(string reference, CancellationToken cancel);

    /// <summary>Opens a blob for reading; nothing is verified, the reader hashes.</summary>
    /// <param name="blob">Which one.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="cancel">Stops.</param>
    public abstract Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancel);

    /// <summary>Bytes of a range worth a request of its own, where ranges of one blob can be read at the same time; 0 where they cannot.</summary>
    public virtual int RangeBytes => 0;

    /// <summary>A connection that brings as many bytes in a second is fast: further ones beside it are not worth their requests. The greatest number: none is.</summary>
    public virtual long FastBytesPerSecond => 0;

    /// <summary>Opens a part of a blob.</summary>
    /// <param name="blob">Which one.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Number of bytes; fewer may come.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Null when parts cannot be had.</returns>
    public virtual Task<Stream?> OpenRangeAsync(Descriptor blob, long offset, long length, CancellationToken cancel) => Task.FromResult<Stream?>(null);

    /// <summary>Says before anything is sent that a blob will not be taken.</summary>
    /// <exception cref="Models.ModelPackException">It will not.</exception>
    public virtual void CheckBlob(Descriptor blob)
    {
    }

    /// <summary>Whether a blob is there with its size.</summary>
    public abstract Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancel);

    /// <summary>Takes a blob over from another store; it is there with its digest when this returns.</summary>
    /// <param name="blob">Which one.</param>
    /// <param name="source">Where it is.</param>
    /// <param name="progress">Told the bytes done of this blob.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>How it came here.</returns>
    public abstract Task<BlobArrival> PutBlobAsync(Descriptor blob, PackageStore source, IProgress<long> progress, CancellationToken cancel);

    /// <summary>Stores a manifest whose blobs and manifests are there.</summary>
    /// <param name="manifest">The document; one with a subject is then listed by <see cref="ReferrersAsync"/>.</param>
    /// <param name="tag">Its tag; null for none.</param>
    /// <param name="cancel">Stops.</param>
    public abstract Task PutManifestAsync(OciManifest manifest, string? tag, CancellationToken cancel);

    /// <summary>What is attached to a manifest: manifests that have it as their subject, in the order of their digests.</summary>
    /// <param name="subject">Digest of a manifest or index.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>Their descriptors with artifactType and annotations; what they say is not verified.</returns>
    public abstract Task<IReadOnlyList<Descriptor>> ReferrersAsync(Digest subject, CancellationToken cancel);

    /// <summary>All tags, in no order.</summary>
    public abstract Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancel);

    /// <summary>Reads a manifest that must be there.</summary>
    /// <exception cref="InvalidPackageException">There is none.</exception>
    public async Task<OciManifest> GetAsync(string reference, CancellationToken cancel) =>
        await FindAsync(reference, cancel) ?? throw new InvalidPackageException($"{Name}: no manifest '{reference}'");

    /// <summary>Stores a small blob that is in memory.</summary>
    public virtual async Task<Descriptor> PutBytesAsync(ReadOnlyMemory<byte> bytes, string mediaType, CancellationToken cancel)
    {
        Descriptor blob = new(mediaType, Digest.Of(bytes.Span), bytes.Length);
        if (!await HasBlobAsync(blob, cancel))
        {
            using BytesSource source = new(bytes);
            await PutBlobAsync(blob, source, new Progress<long>(), cancel);
        }

        return blob;
    }

    /// <summary>Blobs that are being read at the moment.</summary>
    internal int Downloads => Volatile.Read(ref _downloads);

    /// <summary>One more blob is being read.</summary>
    internal void Begin() => Interlocked.Increment(ref _downloads);

    /// <summary>One fewer is.</summary>
    internal void End() => Interlocked.Decrement(ref _downloads);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
