namespace ModelPack.Models.Conversion;

/// <summary>Finds the name in a folder's path.</summary>
public static class ModelFolder
{
    private const string CachePrefix = "models--";

    /// <summary>The folder's name; for a snapshot in the hub's cache (models--ORG--NAME/snapshots/HASH) "ORG/NAME".</summary>
    public static string NameOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(folder);
        if (Path.GetDirectoryName(path) is { } parent && Path.GetFileName(parent) == "snapshots"
            && Path.GetFileName(Path.GetDirectoryName(parent)) is { } cached
            && cached.StartsWith(CachePrefix, StringComparison.Ordinal))
        {
            return cached[CachePrefix.Length..].Replace("--", "/", StringComparison.Ordinal);
        }

        return Path.GetFileName(path);
    }
}
