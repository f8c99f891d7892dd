using ModelPack.Models;

namespace ModelPack.Quantize.Streaming;

/// <summary>A folder that is the output as a whole: written as NAME.partial, renamed when everything in it is complete.</summary>
/// <param name="path">Its final path, absolute.</param>
/// <param name="mark">Name of a file that every such folder has; a folder without it is not ours to replace.</param>
internal sealed class OutputFolder(string path, string mark)
{
    /// <summary>Its final path.</summary>
    public string Path => path;

    /// <summary>Its path while it is written.</summary>
    public string PartialPath => OutputFile.PartialName(path);

    /// <summary>The old folder between two renames.</summary>
    private string ReplacedPath => path + ".replaced";

    /// <summary>Makes the partial folder; what an earlier run left in it is removed.</summary>
    /// <exception cref="ModelPackException">It cannot be made.</exception>
    public void Start() => Guard(() =>
    {
        Remove();
        Directory.CreateDirectory(PartialPath);
    });

    /// <summary>Removes the partial folder.</summary>
    public void Remove()
    {
        if (Directory.Exists(PartialPath))
        {
            Directory.Delete(PartialPath, recursive: true);
        }
    }

    /// <summary>Gives the folder its final name; one of that name is removed.</summary>
    /// <exception cref="ModelPackException">The name is taken, or cannot be given.</exception>
    public void Finish(bool overwrite) => Guard(() =>
    {
        Check(overwrite);
        if (!Directory.Exists(path))
        {
            Directory.Move(PartialPath, path);
            return;
        }

        // There is no renaming over a folder, so for an instant there is none of that name.
        if (Directory.Exists(ReplacedPath))
        {
            Directory.Delete(ReplacedPath, recursive: true);
        }

        Directory.Move(path, ReplacedPath);
        Directory.Move(PartialPath, path);
        Directory.Delete(ReplacedPath, recursive: true);
    });

    /// <summary>Checks that the name is free, or may be taken.</summary>
    /// <exception cref="ModelPackException">It is taken by a file, by a folder that is not ours, or overwriting was not asked for.</exception>
    public void Check(bool overwrite)
    {
        if (File.Exists(path))
        {
            throw StreamingFaults.IsFile(path);
        }

        if (!Directory.Exists(path))
        {
            return;
        }

        if (!overwrite)
        {
            throw StreamingFaults.Exists(path);
        }

        if (Directory.EnumerateFileSystemEntries(path).Any() && !File.Exists(System.IO.Path.Combine(path, mark)))
        {
            throw StreamingFaults.IsForeign(path, mark);
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StreamingFaults.CannotWrite(PartialPath, e);
        }
    }
}
