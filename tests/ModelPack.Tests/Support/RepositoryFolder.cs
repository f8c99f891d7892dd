namespace ModelPack.Tests.Support;

/// <summary>Where the repository lies, found from the running program.</summary>
/// <remarks>Deterministic builds map source paths to "/_/", so the caller's file path would not tell.</remarks>
internal static class RepositoryFolder
{
    /// <summary>Full path of the folder that holds ModelPack.sln.</summary>
    public static string Path { get; } = Find();

    /// <summary>Full path of a file or folder in the repository.</summary>
    public static string Join(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(System.IO.Path.Combine(folder, "ModelPack.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"ModelPack.sln stands in no folder above {AppContext.BaseDirectory}.");
    }
}
