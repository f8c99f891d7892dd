using ModelPack.Models;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Verification;

/// <summary>Checks that every byte of a layout or of a pulled package is what its manifests say.</summary>
public sealed class PackageVerifier
{
    private const int MaxDocuments = 10_000;

    private readonly string _folder;
    private readonly IProgress<long> _progress;
    private readonly List<PackageFinding> _findings = [];
    private readonly List<string> _digests = [];
    private readonly HashSet<Digest> _seen = [];
    private int _files;
    private long _bytes;

    private PackageVerifier(string folder, IProgress<long> progress)
    {
        _folder = folder;
        _progress = progress;
    }

    /// <summary>Whether a folder is something that can be verified here.</summary>
    public static bool CanVerify(string folder) => LayoutStore.IsLayout(folder) || File.Exists(RecordPath(folder, PackageRecord.ManifestFile));

    /// <param name="folder">An OCI layout, or a folder that a package was pulled into.</param>
    /// <param name="progress">Told the bytes hashed.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <exception cref="ModelPackException">The folder is neither.</exception>
    public static async Task<PackageVerification> RunAsync(string folder, IProgress<long> progress, CancellationToken cancel)
    {
        string full = Path.GetFullPath(folder);
        if (!CanVerify(full))
        {
            throw new ModelPackException($"{folder}: neither an OCI layout nor a pulled package; expected '{LayoutStore.MarkerFile}' or '{PackageRecord.Folder}/{PackageRecord.ManifestFile}' in it");
        }

        PackageVerifier verifier = new(full, progress);
        bool isLayout = LayoutStore.IsLayout(full);
        await (isLayout ? verifier.LayoutAsync(cancel) : verifier.PackageAsync(cancel));
        return new(isLayout ? "layout" : "package", verifier._digests, verifier._files, verifier._bytes, verifier._findings);
    }

    private static string RecordPath(string folder, string name) => Path.Combine(folder, PackageRecord.Folder, name);

    private async Task LayoutAsync(CancellationToken cancel)
    {
        LayoutStore layout;
        Queue<Descriptor> open;
        try
        {
            layout = LayoutStore.Open(_folder);
            open = new(layout.ReadIndex());
        }
        catch (InvalidPackageException fault)
        {
            _findings.Add(new("invalid", LayoutStore.IndexFile, fault.Message));
            return;
        }

        if (!File.Exists(Path.Combine(_folder, LayoutStore.IndexFile)))
        {
            _findings.Add(new("missing", LayoutStore.IndexFile, "is missing"));
        }

        while (open.TryDequeue(out Descriptor? entry) && _seen.Count < MaxDocuments)
        {
            if (!_seen.Add(entry.Digest))
            {
                continue;
            }

            string path = $"blobs/sha256/{entry.Digest.Hex}";
            if (!await CheckAsync(path, entry, cancel))
            {
                continue;
            }

            _digests.Add(entry.Digest.ToString());
            if (Read(path, entry.MediaType) is not { } manifest)
            {
                continue;
            }

            foreach (Descriptor child in manifest.Manifests)
            {
                open.Enqueue(child);
            }

            foreach (Descriptor blob in manifest.Blobs.Where(b => _seen.Add(b.Digest)))
            {
                await CheckAsync($"blobs/sha256/{blob.Digest.Hex}", blob, cancel);
            }
        }
    }

    private async Task PackageAsync(CancellationToken cancel)
    {
        string record = $"{PackageRecord.Folder}/{PackageRecord.ManifestFile}";
        if (Read(record, null) is not { } manifest)
        {
            return;
        }

        _digests.Add(manifest.Digest.ToString());
        string parts = RecordPath(_folder, PackageRecord.PartFile);
        HashSet<string>? wanted = File.Exists(parts) ? [.. await File.ReadAllLinesAsync(parts, cancel)] : null;
        (string Path, Descriptor Blob)[] files;
        try
        {
            files = [.. manifest.Layers.Select(static (layer, i) => (PackagePull.PathOf(layer, i), layer))];
            PackagePath.Check([.. files.Select(static f => f.Path)], record);
        }
        catch (InvalidPackageException fault)
        {
            _findings.Add(new("invalid", record, fault.Message));
            return;
        }

        foreach ((string path, Descriptor blob) in files.Where(f => wanted?.Contains(f.Path) ?? true))
        {
            await CheckAsync(path, blob, cancel);
        }
    }

    private OciManifest? Read(string path, string? mediaType)
    {
        try
        {
            string full = Path.Combine(_folder, path);
            return new FileInfo(full).Length <= OciManifest.MaxBytes
                ? ManifestReader.Read(File.ReadAllBytes(full), path, mediaType)
                : throw new InvalidPackageException($"{path}: larger than {OciManifest.MaxBytes} bytes; expected a manifest");
        }
        catch (InvalidPackageException fault)
        {
            _findings.Add(new("invalid", path, fault.Message));
            return null;
        }
    }

    private async Task<bool> CheckAsync(string path, Descriptor expected, CancellationToken cancel)
    {
        FileInfo file = new(Path.Combine(_folder, path));
        string what = expected.Annotation(AnnotationKeys.FilePath) is { } name && name != path ? $" ({name})" : "";
        PackageFinding? finding = !file.Exists ? new("missing", path, $"is missing{what}")
            : file.Length != expected.Size ? new("size", path, $"has {file.Length} bytes{what}; expected {expected.Size}")
            : null;
        if (finding is null)
        {
            long before = _bytes;
            Digest digest = await FileDigest.OfAsync(file.FullName, new Sum(_progress, before), cancel);
            _files++;
            _bytes += file.Length;
            finding = digest == expected.Digest ? null : new("hash", path, $"has the digest {digest}{what}; expected {expected.Digest}");
        }

        if (finding is not null)
        {
            _findings.Add(finding);
        }

        return finding is null;
    }

    private sealed class Sum(IProgress<long> all, long before) : IProgress<long>
    {
        public void Report(long value) => all.Report(before + value);
    }
}
