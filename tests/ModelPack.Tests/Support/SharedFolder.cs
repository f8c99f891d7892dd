namespace ModelPack.Tests.Support;

/// <summary>Where tests find the inputs that are not in the repository: "shared" beside it.</summary>
internal static class SharedFolder
{
    /// <summary>Root of the repository.</summary>
    public static string Repository => RepositoryFolder.Path;

    /// <summary>The folder, or null when this machine has none.</summary>
    public static string? Path { get; } = Find();

    /// <summary>Path of a file or folder below "shared"; the test is skipped, with the reason, when it is absent.</summary>
    public static string Require(string relative)
    {
        string? path = Path is null ? null : System.IO.Path.Combine(Path, relative);
        Assert.SkipUnless(path is not null && (File.Exists(path) || Directory.Exists(path)),
            $"shared/{relative} is not on this machine: clone it beside the repository to run this test.");
        return path!;
    }

    private static string? Find()
    {
        string path = Environment.GetEnvironmentVariable("MODELPACK_SHARED")
            ?? System.IO.Path.Combine(Repository, "..", "shared");
        return Directory.Exists(path) ? System.IO.Path.GetFullPath(path) : null;
    }
}
