using ModelPack.Packaging.NuGet.Feeds;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack push --json</c> prints for NuGet; fields are added, never renamed.</summary>
internal sealed record NuGetPushDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The feed.</summary>
    public required string Reference { get; init; }

    /// <summary>Packages whose bytes were sent.</summary>
    public required int Sent { get; init; }

    /// <summary>Packages that were there.</summary>
    public required int Skipped { get; init; }

    public required long SentBytes { get; init; }

    /// <summary>In the order in which they were published.</summary>
    public required IReadOnlyList<NuGetPushedDocument> Packages { get; init; }

    public static NuGetPushDocument Of(string feed, IReadOnlyList<FeedPackage> packages)
    {
        FeedPackage[] sent = [.. packages.Where(static p => p.Arrival == FeedArrival.Sent)];
        return new()
        {
            Reference = feed,
            Sent = sent.Length,
            Skipped = packages.Count - sent.Length,
            SentBytes = sent.Sum(static p => p.Package.Bytes),
            Packages = [.. packages.Select(static p => new NuGetPushedDocument(p.Package.Identity.Id, p.Package.Identity.Version, p.Package.Bytes, Spelling(p.Arrival)))],
        };
    }

    private static string Spelling(FeedArrival arrival) => arrival switch
    {
        FeedArrival.Sent => "sent",
        FeedArrival.There => "same",
        _ => "exists",
    };
}
