namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>One package of a push, and how it arrived.</summary>
public sealed record FeedPackage(NuGetArchive Package, FeedArrival Arrival);
