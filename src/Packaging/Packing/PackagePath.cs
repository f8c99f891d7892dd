namespace ModelPack.Packaging.Packing;

/// <summary>Paths that files of a package may have: they can be written below any folder on any system.</summary>
public static class PackagePath
{
    private const int LongestPath = 1000;
    private const int LongestName = 200;
    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9"];

    /// <summary>Checks the paths of one package.</summary>
    /// <param name="paths">Of all its files.</param>
    /// <param name="place">The package, for messages.</param>
    /// <exception cref="InvalidPackageException">A path leaves the folder, cannot be written everywhere, is taken twice, or goes through another file.</exception>
    public static void Check(IReadOnlyCollection<string> paths, string place)
    {
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        foreach (string path in paths)
        {
            string? fault = Fault(path);
            if (fault is not null || !taken.Add(path))
            {
                throw new InvalidPackageException($"{place}: file path '{path}': {fault ?? "taken twice (letters' case does not count)"}");
            }
        }

        foreach (string path in paths)
        {
            for (int slash = path.IndexOf('/'); slash > 0; slash = path.IndexOf('/', slash + 1))
            {
                if (taken.Contains(path[..slash]))
                {
                    throw new InvalidPackageException($"{place}: file path '{path}': goes through '{path[..slash]}', which is a file");
                }
            }
        }
    }

    private static string? Fault(string path) =>
        path.Length is 0 or > LongestPath ? $"expected 1 to {LongestPath} characters"
        : path.Any(static c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|') ? "expected a relative path with '/' and no characters that a system forbids"
        : path.Split('/').Select(NameFault).FirstOrDefault(static f => f is not null);

    private static string? NameFault(string name) =>
        name.Length == 0 ? "starts or ends with '/', or has two in a row"
        : name is "." or ".." ? "leaves the folder"
        : name.Length > LongestName ? $"a name has more than {LongestName} characters"
        : name[^1] is '.' or ' ' ? "a name ends in '.' or a space"
        : name.Equals(PackageRecord.Folder, StringComparison.OrdinalIgnoreCase) ? "the name is kept for records of the tool"
        : name.EndsWith(".partial", StringComparison.OrdinalIgnoreCase) ? "the ending is kept for files on their way"
        : Devices.Contains(name.Split('.')[0].ToUpperInvariant()) ? "the name of a device"
        : null;
}
