using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>Publishes models to a feed: all parts of a model before its package, so that nobody can refer to half of one.</summary>
public static class FeedPush
{
    /// <param name="packages">The packages of whole models.</param>
    /// <param name="feed">Where to.</param>
    /// <param name="progress">Told the bytes.</param>
    /// <param name="cancel">Stops; a later run goes on after the packages that arrived.</param>
    /// <returns>The packages in the order in which they were published.</returns>
    /// <exception cref="Models.ModelPackException">A part is missing or not the one that was packed, or the feed refused.</exception>
    public static async Task<IReadOnlyList<FeedPackage>> RunAsync(
        IReadOnlyList<NuGetArchive> packages, PackageFeed feed, IProgress<TransferProgress> progress, CancellationToken cancel)
    {
        IReadOnlyList<NuGetArchive> ordered = await OrderAsync(packages, cancel);
        List<FeedPackage> arrived = [];
        (long done, long skipped, long total) = (0, 0, ordered.Sum(static p => p.Bytes));
        foreach (NuGetArchive package in ordered)
        {
            FeedArrival arrival = await feed.PutAsync(package, new Meter(progress, done, total, skipped, package.Identity.FileName), cancel);
            done += package.Bytes;
            skipped += arrival == FeedArrival.Sent ? 0 : package.Bytes;
            progress.Report(new(done, total, skipped, package.Identity.FileName));
            arrived.Add(new(package, arrival));
        }

        return arrived;
    }

    private static async Task<IReadOnlyList<NuGetArchive>> OrderAsync(IReadOnlyList<NuGetArchive> packages, CancellationToken cancel)
    {
        List<NuGetArchive> ordered = [];
        foreach (NuGetArchive model in packages.Where(static p => p.Manifest is not null))
        {
            for (int i = 0; i < model.Manifest!.Parts.Count; i++)
            {
                NuGetPartRecord record = model.Manifest.Parts[i];
                NuGetArchive part = packages.FirstOrDefault(p => p.Manifest is null && NuGetArchive.Same(p.Identity, record.Identity))
                    ?? throw NuGetFaults.PartMissing(model.File, record.Identity.FileName);
                if (!await IsSoundAsync(model.Manifest, i + 1, record, part, cancel))
                {
                    throw NuGetFaults.PartDamaged(model.File, part.File);
                }

                ordered.Add(part);
            }

            ordered.Add(model);
        }

        return packages.FirstOrDefault(p => !ordered.Contains(p)) is { } lonely ? throw NuGetFaults.PartWithoutModel(lonely.File) : ordered;
    }

    // Who signs a part changes its file, not what it holds of the model.
    private static async Task<bool> IsSoundAsync(NuGetManifest model, int number, NuGetPartRecord record, NuGetArchive part, CancellationToken cancel) =>
        part.IsSigned ? SliceCheck.Run(model, number, part).Count == 0
        : part.Bytes == record.Bytes && await FileDigest.OfAsync(part.File, null, cancel) == record.Digest;

    private sealed class Meter(IProgress<TransferProgress> all, long before, long total, long skipped, string item) : IProgress<long>
    {
        public void Report(long value) => all.Report(new(before + value, total, skipped, item));
    }
}
