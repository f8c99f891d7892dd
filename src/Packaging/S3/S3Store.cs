using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.S3;

/// <summary>An OCI image layout in a bucket: the objects have the names that the files of a layout folder have.</summary>
public sealed class S3Store : PackageStore
{
    private const int MaxConflicts = 20;

    private readonly S3Reference _reference;
    private readonly RegistryOptions _options;
    private readonly S3Connection _connection;

    /// <param name="reference">The bucket and the prefix of the layout.</param>
    /// <param name="options">How to speak with it.</param>
    /// <exception cref="ModelPackException">The endpoint may not be spoken to.</exception>
    public S3Store(S3Reference reference, RegistryOptions options) =>
        (_reference, _options, _connection) = (reference with { Target = null }, options, new(reference, options));

    public override string Name => _reference.ToString();

    public override int RangeBytes => _options.RangeBytes;

    public override long FastBytesPerSecond => _options.FastBytesPerSecond;

    public override async Task<OciManifest?> FindAsync(string reference, CancellationToken cancel)
    {
        (IReadOnlyList<Descriptor> entries, _) = await ReadIndexAsync(cancel);
        bool isDigest = Digest.TryParse(reference, out Digest digest);
        Descriptor? entry = entries.FirstOrDefault(e => isDigest ? e.Digest == digest : e.Annotation(AnnotationKeys.RefName) == reference);
        if (entry is null && !isDigest)
        {
            return null;
        }

        digest = entry?.Digest ?? digest;
        string place = $"{Name}: {digest}";
        if (await ReadSmallAsync(Key(digest), cancel) is not ({ } bytes, _))
        {
            return isDigest ? null : throw new InvalidPackageException($"{Name}: '{reference}' is {digest}, which is not among the blobs");
        }

        return Digest.Of(bytes) == digest
            ? ManifestReader.Read(bytes, place, entry?.MediaType)
            : throw new InvalidPackageException($"{place}: its bytes have the digest {Digest.Of(bytes)}, not that of its name");
    }

    public override async Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancel) =>
        await OpenRangeAsync(blob, offset, blob.Size - offset, cancel) ?? throw new InvalidPackageException($"{Name}: blob {blob.Digest}: not there");

    public override async Task<Stream?> OpenRangeAsync(Descriptor blob, long offset, long length, CancellationToken cancel)
    {
        string key = Key(blob.Digest);
        bool whole = offset == 0 && length == blob.Size;
        try
        {
            GetObjectResponse response = await _connection.RunAsync($"GET {key}", client => client.GetObjectAsync(
                new() { BucketName = _reference.Bucket, Key = key, ByteRange = whole ? null : new ByteRange(offset, offset + length - 1) }, cancel), answers: true);
            if (response.ContentLength == length)
            {
                return new BlobStream(response, response.ResponseStream, _options.Stall, cancel);
            }

            response.Dispose();
            throw new InvalidPackageException($"{Name}: blob {blob.Digest}: asked for {length} bytes from {offset}, {response.ContentLength} come");
        }
        catch (AmazonS3Exception fault) when (S3Connection.IsAbsent(fault))
        {
            throw new InvalidPackageException($"{Name}: blob {blob.Digest}: not there", fault);
        }
    }

    public override async Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancel)
    {
        try
        {
            string key = Key(blob.Digest);
            GetObjectMetadataResponse found = await _connection.RunAsync($"HEAD {key}", client => client.GetObjectMetadataAsync(_reference.Bucket, key, cancel), answers: true);
            return found.ContentLength == blob.Size;
        }
        catch (AmazonS3Exception fault) when (S3Connection.IsAbsent(fault))
        {
            return false;
        }
    }

    public override async Task<BlobArrival> PutBlobAsync(Descriptor blob, PackageStore source, IProgress<long> progress, CancellationToken cancel)
    {
        await new S3Upload(_connection, _reference.Bucket, Key(blob.Digest), blob).RunAsync(source, progress, cancel);
        return BlobArrival.Sent;
    }

    public override async Task PutManifestAsync(OciManifest manifest, string? tag, CancellationToken cancel)
    {
        await PutSmallAsync(Key(manifest.Digest), manifest.Bytes.ToArray(), null, cancel);
        for (int attempt = 0; tag is not null || manifest.Subject is not null; attempt++)
        {
            (IReadOnlyList<Descriptor> entries, string? version) = await ReadIndexAsync(cancel);
            if (version is null)
            {
                await PutSmallAsync(_reference.Prefix + LayoutStore.MarkerFile, LayoutStore.MarkerBytes, null, cancel);
            }

            try
            {
                await PutSmallAsync(_reference.Prefix + LayoutStore.IndexFile, LayoutIndex.With(entries, manifest, tag).Bytes.ToArray(), version ?? "", cancel);
                return;
            }
            catch (AmazonS3Exception fault) when (S3Connection.IsConflict(fault) && attempt < MaxConflicts)
            {
                // Someone else set a tag meanwhile: both shall stand.
                await Task.Delay(TimeSpan.FromMilliseconds(20 * (attempt + 1)), cancel);
            }
        }
    }

    /// <remarks>Attachments stand in index.json without a tag, as in a layout folder.</remarks>
    public override async Task<IReadOnlyList<Descriptor>> ReferrersAsync(Digest subject, CancellationToken cancel)
    {
        List<Descriptor> found = [];
        foreach (Descriptor entry in (await ReadIndexAsync(cancel)).Entries.Where(AttachmentKind.IsOne))
        {
            if (await SubjectAsync(entry, cancel) == subject)
            {
                found.Add(entry);
            }
        }

        return found;
    }

    public override async Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancel) =>
        [.. (await ReadIndexAsync(cancel)).Entries.Select(static e => e.Annotation(AnnotationKeys.RefName)).OfType<string>()];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }

    // A manifest that is gone or broken has no subject that could be believed.
    private async Task<Digest?> SubjectAsync(Descriptor entry, CancellationToken cancel)
    {
        try
        {
            return (await FindAsync(entry.Digest.ToString(), cancel))?.Subject?.Digest;
        }
        catch (InvalidPackageException)
        {
            return null;
        }
    }

    private string Key(Digest digest) => $"{_reference.Prefix}blobs/sha256/{digest.Hex}";

    private async Task<(IReadOnlyList<Descriptor> Entries, string? Version)> ReadIndexAsync(CancellationToken cancel)
    {
        string key = _reference.Prefix + LayoutStore.IndexFile;
        return await ReadSmallAsync(key, cancel) is ({ } bytes, { } version) ? (ManifestReader.Read(bytes, $"{Name}: {LayoutStore.IndexFile}", MediaTypes.Index).Manifests, version) : ([], null);
    }

    private async Task<(byte[]? Bytes, string? Version)> ReadSmallAsync(string key, CancellationToken cancel)
    {
        try
        {
            using GetObjectResponse response = await _connection.RunAsync($"GET {key}", client => client.GetObjectAsync(_reference.Bucket, key, cancel), answers: true);
            if (response.ContentLength is <= 0 or > OciManifest.MaxBytes)
            {
                throw new InvalidPackageException($"{Name}: {key}: {response.ContentLength} bytes; expected 1 to {OciManifest.MaxBytes}");
            }

            byte[] bytes = new byte[response.ContentLength];
            await using BlobStream stream = new(response, response.ResponseStream, _options.Stall, cancel);
            await stream.ReadExactlyAsync(bytes, cancel);
            return (bytes, response.ETag);
        }
        catch (AmazonS3Exception fault) when (S3Connection.IsAbsent(fault))
        {
            return (null, null);
        }
        catch (Exception fault) when (fault is IOException or TimeoutException)
        {
            throw new ModelPackException($"{Name}: {key}: the answer broke off", fault);
        }
    }

    // version: null to write whatever there is, "" where nothing may be there, else what must be there still.
    private async Task PutSmallAsync(string key, byte[] bytes, string? version, CancellationToken cancel)
    {
        PutObjectRequest request = new()
        {
            BucketName = _reference.Bucket,
            Key = key,
            InputStream = new MemoryStream(bytes),
            ContentType = "application/json",
            UseChunkEncoding = false,
            IfNoneMatch = version is "" ? "*" : null,
            IfMatch = version is { Length: > 0 } ? version : null,
        };
        try
        {
            await _connection.RunAsync($"PUT {key}", client => client.PutObjectAsync(request, cancel), answers: version is not null);
        }
        catch (AmazonS3Exception fault) when (version is not null && fault.StatusCode == HttpStatusCode.NotImplemented)
        {
            // A service without conditional writes: of two runs at the same moment the later one wins.
            (request.IfMatch, request.IfNoneMatch, request.InputStream) = (null, null, new MemoryStream(bytes));
            await _connection.RunAsync($"PUT {key}", client => client.PutObjectAsync(request, cancel));
        }
    }
}
