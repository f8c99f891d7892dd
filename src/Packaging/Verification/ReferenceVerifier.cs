using ModelPack.Models;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Signing;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Verification;

/// <summary>
/// Checks a package where it is, by its tag or digest: manifests and configs by their digests, layers by their sizes or, when
/// asked to, by their bytes, what is attached by what it says.
/// </summary>
public sealed class ReferenceVerifier
{
    private const int MaxManifests = 1000;

    private readonly PackageStore _store;
    private readonly bool _download;
    private readonly IProgress<TransferProgress> _progress;
    private readonly List<PackageFinding> _findings = [];
    private readonly HashSet<Digest> _seen = [];
    private readonly List<string> _digests = [];
    private readonly List<(string Name, Descriptor Blob, bool Reads)> _blobs = [];
    private int _files;
    private long _bytes;

    private ReferenceVerifier(PackageStore store, bool download, IProgress<TransferProgress> progress) => (_store, _download, _progress) = (store, download, progress);

    /// <param name="store">Where the package is.</param>
    /// <param name="reference">Its tag or digest.</param>
    /// <param name="key">The key that must have signed it; null for none.</param>
    /// <param name="download">Whether to read every layer and compare its digest.</param>
    /// <param name="progress">Told the bytes hashed of those that will be.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="ModelPackException">There is no such package, or the store cannot be reached.</exception>
    public static async Task<PackageVerification> RunAsync(
        PackageStore store, string reference, SigningKey? key, bool download, IProgress<TransferProgress> progress, CancellationToken cancel)
    {
        ReferenceVerifier verifier = new(store, download, progress);
        AttachmentCheck attachments = new(store, key);
        try
        {
            OciManifest root = await store.FindAsync(reference, cancel) ?? throw new ModelPackException($"{store.Name}: no manifest '{reference}'");
            verifier.CheckTag(reference, root);
            await verifier.WalkAsync(root, cancel);
            await verifier.BlobsAsync(cancel);
            await attachments.RunAsync(root, cancel);
        }
        catch (InvalidPackageException fault)
        {
            verifier._findings.Add(new("hash", reference, fault.Message));
        }

        PackageFinding[] all = [.. verifier._findings.Concat(attachments.Findings).DistinctBy(static f => f.Text)];
        return new("reference", verifier._digests, verifier._files, verifier._bytes, all) { Attachments = attachments.Attachments };
    }

    // A tag of a release that names another version leads to what its reader did not ask for.
    private void CheckTag(string reference, OciManifest root)
    {
        PackageVersion? version = PackageVersion.TryParse(root.Annotation(AnnotationKeys.Version));
        bool fits = version is null || !PackageVersion.IsRelease(reference) || reference == version.Tag
            || (root.Annotation(AnnotationKeys.Variant) is { } variant && reference == version.VariantTag(variant));
        if (!fits)
        {
            _findings.Add(new("tag", reference, $"names {root.Annotation(AnnotationKeys.Title)} {version}"));
        }
    }

    private async Task WalkAsync(OciManifest manifest, CancellationToken cancel)
    {
        if (!_seen.Add(manifest.Digest))
        {
            return;
        }

        if (_digests.Count == MaxManifests)
        {
            throw new InvalidPackageException($"{_store.Name}: more than {MaxManifests} manifests");
        }

        _digests.Add(manifest.Digest.ToString());
        foreach (Descriptor child in manifest.Manifests)
        {
            await TryAsync("manifest", child, async () => await WalkAsync(await _store.GetAsync(child.Digest.ToString(), cancel), cancel));
        }

        foreach (Descriptor blob in manifest.Blobs.Where(b => _seen.Add(b.Digest)))
        {
            bool isConfig = blob == manifest.Config;
            _blobs.Add((isConfig ? "config" : blob.Annotation(AnnotationKeys.FilePath) ?? "layer", blob, _download || (isConfig && blob.Size <= AttachmentReader.MaxBytes)));
        }
    }

    private async Task BlobsAsync(CancellationToken cancel)
    {
        // Sizes are a stranger's: their sum may be more than a number holds.
        long total = _blobs.Where(static b => b.Reads).Aggregate(0L, static (sum, b) => sum > long.MaxValue - b.Blob.Size ? long.MaxValue : sum + b.Blob.Size);
        foreach ((string name, Descriptor blob, bool reads) in _blobs)
        {
            await TryAsync(name, blob, async () =>
            {
                if (!await _store.HasBlobAsync(blob, cancel))
                {
                    _findings.Add(new("missing", name, $"{blob.Digest} is not there with its {blob.Size} bytes"));
                }
                else if (reads)
                {
                    await HashAsync(name, blob, total, cancel);
                }
            });
        }
    }

    private async Task HashAsync(string name, Descriptor blob, long total, CancellationToken cancel)
    {
        await using Stream stream = await _store.OpenBlobAsync(blob, 0, cancel);
        (Digest digest, long size) = await FileDigest.OfAsync(stream, blob.Size, new Sum(_progress, _bytes, total, name), cancel);
        _files++;
        _bytes += size;
        if (digest != blob.Digest)
        {
            _findings.Add(new("hash", name, $"has the digest {digest}; expected {blob.Digest}"));
        }
    }

    private async Task TryAsync(string name, Descriptor what, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (InvalidPackageException fault)
        {
            _findings.Add(new("hash", name, fault.Message));
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            throw new RegistryException($"{_store.Name}: {what.Digest}: {fault.Message.TrimEnd('.')}", null, fault);
        }
    }

    private sealed class Sum(IProgress<TransferProgress> all, long before, long total, string name) : IProgress<long>
    {
        public void Report(long value) => all.Report(new(before + value, total, 0, name));
    }
}
