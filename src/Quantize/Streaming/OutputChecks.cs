using Microsoft.Win32.SafeHandles;
using ModelPack.Models;

namespace ModelPack.Quantize.Streaming;

/// <summary>What is checked before any work: that the output may be written, and that it fits the disk.</summary>
internal static class OutputChecks
{
    /// <exception cref="ModelPackException">A name is taken, is an input, has no folder, or the disk is too small.</exception>
    public static void Run(StreamPlan plan, bool overwrite)
    {
        HashSet<string> inputs = [.. plan.Inputs.Select(RealPath)];
        long leftover = 0;
        if (plan.Folder is { } folder)
        {
            CheckFolder(folder, inputs, overwrite);
        }

        foreach (StreamFile file in plan.Files)
        {
            if (plan.Folder is null)
            {
                CheckName(file.Path, inputs, overwrite);
            }

            FileInfo partial = new(file.PartialPath);
            leftover += partial.Exists ? partial.Length : 0;
        }

        CheckRoom(plan.Output, plan.Bytes - leftover, FreeBytes(FolderOf(plan.Output)));
    }

    /// <exception cref="ModelPackException">There is less room than needed.</exception>
    internal static void CheckRoom(string path, long needed, long? free)
    {
        if (needed > free)
        {
            throw StreamingFaults.NoRoom(path, needed, free.Value);
        }
    }

    private static void CheckFolder(OutputFolder folder, HashSet<string> inputs, bool overwrite)
    {
        if (!Directory.Exists(FolderOf(folder.Path)))
        {
            throw StreamingFaults.NoFolder(FolderOf(folder.Path));
        }

        // What is replaced is removed with all that it holds.
        foreach (string path in new[] { folder.Path, folder.PartialPath })
        {
            string inside = RealPath(path) + Path.DirectorySeparatorChar;
            if (inputs.FirstOrDefault(i => i.StartsWith(inside, StringComparison.Ordinal)) is { } input)
            {
                throw StreamingFaults.HoldsInput(path, input);
            }
        }

        folder.Check(overwrite);
    }

    private static void CheckName(string path, HashSet<string> inputs, bool overwrite)
    {
        if (!Directory.Exists(FolderOf(path)))
        {
            throw StreamingFaults.NoFolder(FolderOf(path));
        }

        if (Directory.Exists(path))
        {
            throw StreamingFaults.IsFolder(path);
        }

        foreach (string name in new[] { path, OutputFile.PartialName(path), Journal.NameFor(path) })
        {
            if (inputs.Contains(RealPath(name)))
            {
                throw StreamingFaults.IsInput(name, RealPath(name));
            }
        }

        if (!IsFileOrAbsent(path))
        {
            throw StreamingFaults.IsNoFile(path);
        }

        if (File.Exists(path) && !overwrite)
        {
            throw StreamingFaults.Exists(path);
        }
    }

    /// <summary>False for a device or a pipe: those have no length, and none can be given to them.</summary>
    private static bool IsFileOrAbsent(string path)
    {
        try
        {
            if (!File.Exists(path) || InputFile.HasContent(path))
            {
                return true;
            }

            // Opened for both, a pipe does not wait for its other end.
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.SetLength(handle, 0);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or NotSupportedException)
        {
            return false;
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;

    /// <summary>Free bytes of the disk; null where the system does not say (a network share).</summary>
    private static long? FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string RealPath(string path)
    {
        FileInfo file = new(path);
        return (file.Exists ? file.ResolveLinkTarget(returnFinalTarget: true)?.FullName : null) ?? file.FullName;
    }
}
