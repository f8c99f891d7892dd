using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;
using ModelPack.Packaging.Signing;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Verification;

/// <summary>Checks that every byte of a layout or of a pulled package is what its manifests say.</summary>
public sealed class PackageVerifier
{
    private const int MaxDocuments = 100_000;

    private readonly string _folder;
    private readonly IProgress<long> _progress;
    private readonly List<PackageFinding> _findings = [];
    private readonly List<string> _digests = [];
    private readonly HashSet<Digest> _seen = [];
    private int _files;
    private long _bytes;

    private AttachmentCheck? _attachments;

    private PackageVerifier(string folder, IProgress<long> progress)
    {
        _folder = folder;
        _progress = progress;
    }

    /// <summary>Whether a folder is something that can be verified here.</summary>
    public static bool CanVerify(string folder) => LayoutStore.IsLayout(folder) || File.Exists(RecordPath(folder, PackageRecord.ManifestFile));

    /// <param name="folder">An OCI layout, or a folder that a package was pulled into.</param>
    /// <param name="key">The key that must have signed the packages in it; null for none.</param>
    /// <param name="progress">Told the bytes hashed.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <exception cref="ModelPackException">The folder is neither.</exception>
    public static async Task<PackageVerification> RunAsync(string folder, SigningKey? key, IProgress<long> progress, CancellationToken cancel)
    {
        string full = Path.GetFullPath(folder);
        if (!CanVerify(full))
        {
            throw new ModelPackException($"{folder}: neither an OCI layout nor a pulled package; expected '{LayoutStore.MarkerFile}' or '{PackageRecord.Folder}/{PackageRecord.ManifestFile}' in it");
        }

        PackageVerifier verifier = new(full, progress);
        bool isLayout = LayoutStore.IsLayout(full);
        await (isLayout ? verifier.LayoutAsync(key, cancel) : verifier.PackageAsync(key, cancel));

        // Bytes that are wrong are named once: what they make of the documents adds nothing.
        HashSet<string> named = [.. verifier._findings.Select(static f => f.Path)];
        IReadOnlyList<PackageFinding> claims = [.. (verifier._attachments?.Findings ?? []).Where(f => f.Code != "invalid" || named.Count == 0)];
        return new(isLayout ? "layout" : "package", verifier._digests, verifier._files, verifier._bytes, [.. verifier._findings, .. claims])
        {
            Attachments = verifier._attachments?.Attachments ?? [],
        };
    }

    private static string RecordPath(string folder, string name) => Path.Combine(folder, PackageRecord.Folder, name);

    private async Task LayoutAsync(SigningKey? key, CancellationToken cancel)
    {
        if (await BlobsAsync(cancel) is not { } layout)
        {
            return;
        }

        _attachments = new(layout, key);
        foreach (Descriptor entry in layout.ReadPackages().OrderBy(static e => !MediaTypes.IsIndex(e.MediaType)))
        {
            OciManifest root;
            try
            {
                root = await layout.GetAsync(entry.Digest.ToString(), cancel);
            }
            catch (InvalidPackageException)
            {
                // Its bytes are wrong, which was said.
                continue;
            }

            try
            {
                await _attachments.RunAsync(root, cancel);
            }
            catch (InvalidPackageException fault)
            {
                _findings.Add(new("invalid", LayoutStore.IndexFile, fault.Message));
            }
        }
    }

    // Every blob that index.json leads to; null when there is no telling what that is.
    private async Task<LayoutStore?> BlobsAsync(CancellationToken cancel)
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
            return null;
        }

        if (!File.Exists(Path.Combine(_folder, LayoutStore.IndexFile)))
        {
            _findings.Add(new("missing", LayoutStore.IndexFile, "is missing"));
        }

        while (open.TryDequeue(out Descriptor? entry))
        {
            if (!_seen.Add(entry.Digest))
            {
                continue;
            }

            if (_seen.Count > MaxDocuments)
            {
                _findings.Add(new("invalid", LayoutStore.IndexFile, $"leads to more than {MaxDocuments} documents; the rest was not looked at"));
                break;
            }

            string path = $"blobs/sha256/{entry.Digest.Hex}";
            string kind = AttachmentKind.IsOne(entry) ? AttachmentKind.Of(entry.ArtifactType) : MediaTypes.IsIndex(entry.MediaType) ? "index" : "manifest";
            if (!await CheckAsync(path, kind, entry, cancel))
            {
                continue;
            }

            if (!AttachmentKind.IsOne(entry))
            {
                _digests.Add(entry.Digest.ToString());
            }

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
                string what = manifest.Subject is not null ? kind : blob == manifest.Config ? "config" : blob.Annotation(AnnotationKeys.FilePath) ?? "layer";
                await CheckAsync($"blobs/sha256/{blob.Digest.Hex}", what, blob, cancel);
            }
        }

        return layout;
    }

    private async Task PackageAsync(SigningKey? key, CancellationToken cancel)
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
            await CheckAsync(path, path, blob, cancel);
        }

        string attached = RecordPath(_folder, PackageRecord.AttachedFolder);
        if (LayoutStore.IsLayout(attached))
        {
            PackageVerifier documents = new(attached, new Sum(_progress, _bytes));
            await documents.BlobsAsync(cancel);
            _findings.AddRange(documents._findings.Select(static f => f with { Path = $"{PackageRecord.Folder}/{PackageRecord.AttachedFolder}/{f.Path}" }));
        }

        if (key is not null || LayoutStore.IsLayout(attached))
        {
            using LayoutStore store = LayoutStore.IsLayout(attached) ? LayoutStore.Open(attached) : throw new ModelPackException(
                $"{_folder}: no signature came with the package; expected one that was pulled after 'modelpack sign'");
            _attachments = new(store, key);
            await _attachments.RunAsync(manifest, cancel);
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

    private async Task<bool> CheckAsync(string path, string name, Descriptor expected, CancellationToken cancel)
    {
        FileInfo file = new(Path.Combine(_folder, path));
        string what = name != path ? $" ({name})" : "";
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
