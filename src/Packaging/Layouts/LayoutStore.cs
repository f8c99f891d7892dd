using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Layouts;

/// <summary>A folder in the OCI image-layout, version 1.0.0.</summary>
public sealed partial class LayoutStore : PackageStore
{
    internal const string IndexFile = "index.json";
    internal const string MarkerFile = "oci-layout";
    private const string Incoming = ".incoming-";
    private const string Marker = "{\"imageLayoutVersion\":\"1.0.0\"}";

    private LayoutStore(string folder) => Folder = folder;

    /// <summary>Content of the file that makes a folder a layout.</summary>
    internal static byte[] MarkerBytes => Encoding.ASCII.GetBytes(Marker);

    /// <summary>Its absolute path.</summary>
    public string Folder { get; }

    public override string Name => Folder;

    /// <summary>Whether a folder says that it is a layout.</summary>
    public static bool IsLayout(string folder) => File.Exists(Path.Combine(folder, MarkerFile));

    /// <summary>Opens a layout.</summary>
    /// <exception cref="InvalidPackageException">The folder is none, or of another version.</exception>
    public static LayoutStore Open(string folder)
    {
        string full = Path.GetFullPath(folder);
        string marker = Path.Combine(full, MarkerFile);
        if (!File.Exists(marker))
        {
            throw new InvalidPackageException($"{folder}: no OCI layout: there is no file '{MarkerFile}'");
        }

        CheckMarker(marker);
        return new(full);
    }

    /// <summary>Opens a layout, or makes an empty one where there is nothing.</summary>
    /// <exception cref="InvalidPackageException">The folder holds something else.</exception>
    public static LayoutStore OpenOrCreate(string folder)
    {
        string full = Path.GetFullPath(folder);
        if (IsLayout(full))
        {
            return Open(full);
        }

        if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
        {
            throw new InvalidPackageException($"{folder}: neither empty nor an OCI layout; expected a new folder");
        }

        Directory.CreateDirectory(Path.Combine(full, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(full, MarkerFile), Marker);
        return new(full);
    }

    /// <summary>Path of a blob, whether it is there or not.</summary>
    public string BlobPath(Digest digest) => Path.Combine(Folder, "blobs", "sha256", digest.Hex);

    /// <summary>The tagged entries of index.json; empty before the first.</summary>
    public IReadOnlyList<Descriptor> ReadIndex()
    {
        string path = Path.Combine(Folder, IndexFile);
        return File.Exists(path) ? ManifestReader.Read(ReadSmall(path), path, MediaTypes.Index).Manifests : [];
    }

    /// <summary>The entries of index.json that are packages, not documents that are attached to one.</summary>
    public IReadOnlyList<Descriptor> ReadPackages() => [.. ReadIndex().Where(static e => !Attachments.AttachmentKind.IsOne(e))];

    public override Task<OciManifest?> FindAsync(string reference, CancellationToken cancel)
    {
        if (Digest.TryParse(reference, out Digest digest))
        {
            return Task.FromResult(Read(digest, ReadIndex().FirstOrDefault(e => e.Digest == digest)?.MediaType));
        }

        Descriptor? entry = ReadIndex().FirstOrDefault(e => e.Annotation(AnnotationKeys.RefName) == reference);
        return Task.FromResult(entry is null ? null : Read(entry.Digest, entry.MediaType)
            ?? throw new InvalidPackageException($"{Folder}: '{reference}' is {entry.Digest}, which is not among the blobs"));
    }

    public override Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancel)
    {
        string path = BlobPath(blob.Digest);
        FileInfo file = new(path);
        if (!file.Exists || file.Length != blob.Size)
        {
            throw new InvalidPackageException($"{path}: {(file.Exists ? $"{file.Length} bytes" : "not there")}; expected {blob.Size} bytes");
        }

        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        stream.Position = offset;
        return Task.FromResult<Stream>(stream);
    }

    public override Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancel)
    {
        FileInfo file = new(BlobPath(blob.Digest));
        return Task.FromResult(file.Exists && file.Length == blob.Size);
    }

    public override async Task<BlobArrival> PutBlobAsync(Descriptor blob, PackageStore source, IProgress<long> progress, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "blobs", "sha256"));
        await BlobDownload.RunAsync(source, blob, IncomingPath(blob.Digest.Hex), BlobPath(blob.Digest), progress, cancel);
        return BlobArrival.Sent;
    }

    public override Task PutManifestAsync(OciManifest manifest, string? tag, CancellationToken cancel)
    {
        PutBytes(manifest.Bytes.Span);
        if (tag is not null)
        {
            Change(entries => LayoutIndex.With(entries, manifest, tag).Manifests, cancel);
        }
        else if (manifest.Subject is not null)
        {
            Change(entries => LayoutIndex.With(entries, manifest, null).Manifests, cancel);
        }

        return Task.CompletedTask;
    }

    public override Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<string>>([.. ReadIndex().Select(static e => e.Annotation(AnnotationKeys.RefName)).OfType<string>()]);

    /// <summary>Stores a small blob.</summary>
    internal Descriptor PutBytes(ReadOnlySpan<byte> bytes, string mediaType = "")
    {
        Digest digest = Digest.Of(bytes);
        if (!File.Exists(BlobPath(digest)))
        {
            Replace(bytes, BlobPath(digest));
        }

        return new(mediaType, digest, bytes.Length);
    }

    /// <summary>A path where a blob grows until it is complete.</summary>
    internal string IncomingPath(string name) => Path.Combine(Folder, Incoming + name + ".partial");

    private static void CheckMarker(string marker)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(ReadSmall(marker));
            if (document.RootElement.GetProperty("imageLayoutVersion").GetString() != "1.0.0")
            {
                throw new InvalidPackageException($"{marker}: another version; expected imageLayoutVersion 1.0.0");
            }
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidPackageException($"{marker}: expected {Marker}", fault);
        }
    }

    private static byte[] ReadSmall(string path)
    {
        FileInfo file = new(path);
        return file.Length is > 0 and <= OciManifest.MaxBytes
            ? File.ReadAllBytes(path)
            : throw new InvalidPackageException($"{path}: {file.Length} bytes; expected 1 to {OciManifest.MaxBytes}");
    }

    private OciManifest? Read(Digest digest, string? mediaType)
    {
        string path = BlobPath(digest);
        if (!File.Exists(path))
        {
            return null;
        }

        byte[] bytes = ReadSmall(path);
        return Digest.Of(bytes) == digest
            ? ManifestReader.Read(bytes, path, mediaType)
            : throw new InvalidPackageException($"{path}: its bytes have the digest {Digest.Of(bytes)}, not that of its name");
    }

    private void Replace(ReadOnlySpan<byte> bytes, string path)
    {
        string partial = IncomingPath(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        File.WriteAllBytes(partial, bytes);
        File.Move(partial, path, overwrite: true);
    }

    private void Change(Func<IReadOnlyList<Descriptor>, IEnumerable<Descriptor>> change, CancellationToken cancel)
    {
        using FileStream gate = Lock(cancel);
        Descriptor[] entries = [.. change(ReadIndex()).OrderBy(static e => e.Annotation(AnnotationKeys.RefName), StringComparer.Ordinal).ThenBy(static e => e.Digest.Hex, StringComparer.Ordinal)];
        Replace(OciManifest.OfIndex(entries, new Dictionary<string, string>()).Bytes.Span, Path.Combine(Folder, IndexFile));
    }

    // Two runs may add to one layout: each sees the other's entry.
    private FileStream Lock(CancellationToken cancel)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return new(Path.Combine(Folder, ".index.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (attempt < 200)
            {
                cancel.WaitHandle.WaitOne(50);
                cancel.ThrowIfCancellationRequested();
            }
        }
    }
}
