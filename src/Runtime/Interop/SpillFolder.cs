namespace ModelPack.Runtime.Interop;

/// <summary>Where activations go that do not fit in memory: the folder of the caller, or one that is gone afterwards.</summary>
internal sealed class SpillFolder : IDisposable
{
    private readonly bool _temporary;

    private SpillFolder(string? path, bool temporary) => (Path, _temporary) = (path, temporary);

    /// <summary>The folder; null when none is needed.</summary>
    public string? Path { get; }

    /// <summary>Makes the folder that is needed.</summary>
    public static SpillFolder Of(string? folder, bool needed)
    {
        if (folder is null)
        {
            return needed ? new(Directory.CreateTempSubdirectory("modelpack-").FullName, temporary: true) : new(null, temporary: false);
        }

        try
        {
            Directory.CreateDirectory(folder);
            return new(folder, temporary: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RuntimeFaults.CannotKeep(folder, e);
        }
    }

    public void Dispose()
    {
        if (_temporary)
        {
            Directory.Delete(Path!, recursive: true);
        }
    }
}
