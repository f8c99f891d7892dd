using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>Brings manifests with all that belongs to them from one store to another: blobs, then manifests, tags last.</summary>
/// <param name="source">Where they are.</param>
/// <param name="destination">Where they go.</param>
/// <param name="force">Set tags that would otherwise be refused.</param>
public sealed class PackageTransfer(PackageStore source, PackageStore destination, bool force)
{
    private const int MaxManifests = 1000;
    private const int MaxDepth = 4;
    private const int Parallel = 4;

    /// <param name="root">A manifest or index of the source.</param>
    /// <param name="tags">Its tags in the destination; the first that is the version's tag brings the tags of the variants along.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; what is complete stays, and no tag names a part.</param>
    /// <exception cref="ModelPackException">A tag may not be set, or a store fails.</exception>
    public async Task<TransferResult> RunAsync(OciManifest root, IReadOnlyList<string> tags, IProgress<TransferProgress> progress, CancellationToken cancel)
    {
        List<OciManifest> manifests = [];
        await CollectAsync(root, manifests, 0, cancel);
        List<(OciManifest Manifest, string Tag)> names = [.. VariantTags(root, manifests, tags), .. tags.Select(t => (root, t))];
        bool[] stand = await Task.WhenAll(names.Select(n => TagRules.CheckAsync(destination, n.Tag, n.Manifest, force, cancel)));
        bool stands = names.Count > 0 && stand.All(static s => s);
        IReadOnlyList<OciManifest> attached = await AttachedAsync(manifests, cancel);
        Descriptor[] blobs = [.. manifests.Concat(attached).SelectMany(static m => m.Blobs).DistinctBy(static b => b.Digest)];
        Array.ForEach(blobs, destination.CheckBlob);
        TransferMeter meter = new(progress, blobs.Sum(static b => b.Size));
        BlobArrival[] arrivals = new BlobArrival[blobs.Length];
        await System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(0, blobs.Length),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancel },
            async (i, token) => arrivals[i] = await PutAsync(blobs[i], meter, token));

        // What is attached comes after its subject and before the tag: whoever finds the package finds its signature.
        bool needsRoot = names.Count == 0 || attached.Any(m => m.Subject?.Digest == root.Digest);
        foreach (OciManifest manifest in manifests.Where(m => !stands && (m != root || needsRoot)).Concat(await UnlistedAsync(attached, stands, cancel)))
        {
            await destination.PutManifestAsync(manifest, null, cancel);
        }

        foreach ((OciManifest manifest, string tag) in stands ? [] : names)
        {
            // Someone else may have set it since.
            await TagRules.CheckAsync(destination, tag, manifest, force, cancel);
            await destination.PutManifestAsync(manifest, tag, cancel);
        }

        return new(
            root.Digest,
            [.. names.Select(static n => n.Tag).Reverse()],
            arrivals.Count(static a => a == BlobArrival.Sent),
            arrivals.Count(static a => a == BlobArrival.Skipped),
            arrivals.Count(static a => a == BlobArrival.Mounted),
            blobs.Where((_, i) => arrivals[i] == BlobArrival.Sent).Sum(static b => b.Size),
            attached.Count);
    }

    // A repeated push writes nothing: where the tags stand, only what the destination does not list yet is attached.
    private async Task<IEnumerable<OciManifest>> UnlistedAsync(IReadOnlyList<OciManifest> attached, bool stands, CancellationToken cancel)
    {
        if (!stands)
        {
            return attached;
        }

        Digest[] subjects = [.. attached.Select(static m => m.Subject?.Digest).OfType<Digest>().Distinct()];
        IReadOnlyList<Descriptor>[] listed = await Task.WhenAll(subjects.Select(s => destination.ReferrersAsync(s, cancel)));
        HashSet<Digest> known = [.. listed.SelectMany(static l => l).Select(static d => d.Digest)];
        return attached.Where(m => m.Subject is null || !known.Contains(m.Digest));
    }

    private async Task<BlobArrival> PutAsync(Descriptor blob, TransferMeter meter, CancellationToken cancel)
    {
        if (await destination.HasBlobAsync(blob, cancel))
        {
            meter.Skip(blob);
            return BlobArrival.Skipped;
        }

        return await destination.PutBlobAsync(blob, source, meter.Of(blob), cancel);
    }

    // Attachments may have attachments: a signature of an SBOM. What is attached comes after its subject.
    private async Task<IReadOnlyList<OciManifest>> AttachedAsync(IReadOnlyList<OciManifest> manifests, CancellationToken cancel)
    {
        List<OciManifest> attached = [];
        HashSet<Digest> known = [.. manifests.Select(static m => m.Digest)];
        Queue<(Digest Subject, int Depth)> open = new(manifests.Select(static m => (m.Digest, 0)));
        while (open.TryDequeue(out (Digest Subject, int Depth) next))
        {
            foreach (Descriptor entry in await source.ReferrersAsync(next.Subject, cancel))
            {
                OciManifest manifest = attached.Find(m => m.Digest == entry.Digest) ?? await source.GetAsync(entry.Digest.ToString(), cancel);
                if (manifest.Subject?.Digest != next.Subject)
                {
                    throw new InvalidPackageException($"{source.Name}: {entry.Digest}: listed as attached to {next.Subject}, which it does not say");
                }

                if (known.Add(entry.Digest) && next.Depth < MaxDepth && attached.Count < MaxManifests)
                {
                    await CollectAsync(manifest, attached, 0, cancel);
                    open.Enqueue((manifest.Digest, next.Depth + 1));
                }
            }
        }

        return attached;
    }

    // Children come before what names them.
    private async Task CollectAsync(OciManifest manifest, List<OciManifest> all, int depth, CancellationToken cancel)
    {
        if (depth > MaxDepth || all.Count > MaxManifests)
        {
            throw new InvalidPackageException($"{source.Name}: {manifest.Digest}: an index of more than {MaxManifests} manifests or {MaxDepth} levels");
        }

        foreach (Descriptor child in manifest.Manifests)
        {
            if (!all.Exists(m => m.Digest == child.Digest))
            {
                await CollectAsync(await source.GetAsync(child.Digest.ToString(), cancel), all, depth + 1, cancel);
            }
        }

        all.Add(manifest);
    }

    private static IEnumerable<(OciManifest Manifest, string Tag)> VariantTags(OciManifest root, List<OciManifest> manifests, IReadOnlyList<string> tags)
    {
        PackageVersion? version = PackageVersion.TryParse(root.Annotation(AnnotationKeys.Version));
        return version is null || !tags.Contains(version.Tag)
            ? []
            : root.Manifests.Where(static m => m.Annotation(AnnotationKeys.Variant) is not null)
                .Select(m => (manifests.First(x => x.Digest == m.Digest), version.VariantTag(m.Annotation(AnnotationKeys.Variant)!)));
    }
}
