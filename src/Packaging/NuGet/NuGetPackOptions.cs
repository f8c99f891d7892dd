namespace ModelPack.Packaging.NuGet;

/// <summary>What only packages for NuGet need to know.</summary>
public sealed record NuGetPackOptions
{
    public const long SmallestPart = 1 << 20;

    /// <summary>Below 4 GiB, where zips need extensions that NuGet refuses to sign.</summary>
    public const long LargestPart = 4095L << 20;

    private readonly long _partBytes = 200 << 20;

    /// <summary>Bytes that a part's file has at most; 200 MiB pass the gallery's limit of 250 MB.</summary>
    /// <exception cref="Models.ModelPackException">Below <see cref="SmallestPart"/> or above <see cref="LargestPart"/>.</exception>
    public long PartBytes
    {
        get => _partBytes;
        init => _partBytes = value is >= SmallestPart and <= LargestPart ? value : throw NuGetFaults.BadPartSize(value);
    }

    /// <summary>Who made it, as feeds show; null for the package's name.</summary>
    public string? Authors { get; init; }
}
