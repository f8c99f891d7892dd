namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>How a package came to a feed.</summary>
public enum FeedArrival
{
    /// <summary>Its bytes were sent.</summary>
    Sent,

    /// <summary>The same content was there.</summary>
    There,

    /// <summary>Something of this id and version was there, which the feed does not show.</summary>
    ThereUnseen,
}
