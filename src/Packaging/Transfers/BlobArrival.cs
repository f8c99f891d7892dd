namespace ModelPack.Packaging.Transfers;

/// <summary>How a blob came into a store.</summary>
public enum BlobArrival
{
    /// <summary>Its bytes were sent.</summary>
    Sent,

    /// <summary>It was there before.</summary>
    Skipped,

    /// <summary>The registry took it from another of its repositories.</summary>
    Mounted,
}
