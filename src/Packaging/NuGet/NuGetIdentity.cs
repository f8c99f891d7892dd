namespace ModelPack.Packaging.NuGet;

/// <summary>A package as feeds name it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">SemVer 2 without build metadata.</param>
public sealed record NuGetIdentity(string Id, string Version)
{
    /// <summary>The name of its file.</summary>
    public string FileName => $"{Id}.{Version}.nupkg";

    /// <summary>The path of its file below the root of a feed: in small letters.</summary>
    internal string FeedPath => $"{Id}/{Version}/{FileName}".ToLowerInvariant();

    /// <summary>A version without its build metadata, which feeds drop.</summary>
    public static string VersionOf(PackageVersion version) => version.ToString().Split('+')[0];

    public override string ToString() => $"{Id} {Version}";
}
