using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Signing;

/// <summary>Hashes what a signature covers: all files of a folder but the signature itself and what belongs to git, and what a pull notes.</summary>
public static class FolderDigests
{
    /// <summary>Name of the signature in a signed folder.</summary>
    public const string SignatureName = "model.sig";

    /// <summary>Names at the root that no signature covers; the signature lists them.</summary>
    public static IReadOnlyList<string> Ignored { get; } = [SignatureName, ".git", ".gitattributes", ".github", ".gitignore", PackageRecord.Folder];

    /// <summary>More files than a hub takes in a repository.</summary>
    private const int MaxFiles = 100_000;

    /// <summary>Hashes a folder's files, or one file, in the order of their names.</summary>
    /// <param name="path">A folder, or a file, whose name alone counts.</param>
    /// <param name="cancel">Stops between blocks.</param>
    /// <exception cref="ModelPackException">There is no such path, a link, too many files, or a file cannot be read.</exception>
    public static async Task<IReadOnlyList<SignedFile>> OfAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (File.Exists(path))
            {
                return [await HashAsync(path, Path.GetFileName(path), cancel)];
            }

            if (!Directory.Exists(path))
            {
                throw new ModelPackException($"{path}: no such file or folder");
            }

            List<SignedFile> files = [];
            foreach (string name in Files(path))
            {
                files.Add(await HashAsync(Path.Combine(path, name), name, cancel));
            }

            return files;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    private static List<string> Files(string folder)
    {
        List<string> names = [];
        Stack<string> folders = new([folder]);
        while (folders.TryPop(out string? next))
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(next).EnumerateFileSystemInfos())
            {
                string name = Path.GetRelativePath(folder, entry.FullName).Replace('\\', '/');
                if (Ignored.Contains(name, StringComparer.Ordinal))
                {
                    continue;
                }

                // What a link points to may change without the folder changing.
                if (entry.LinkTarget is not null)
                {
                    throw new ModelPackException($"{entry.FullName}: is a link; a signature covers files only");
                }

                if (entry is DirectoryInfo)
                {
                    folders.Push(entry.FullName);
                }
                else if (names.Count == MaxFiles)
                {
                    throw new ModelPackException($"{folder}: more than {MaxFiles} files");
                }
                else
                {
                    names.Add(name);
                }
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    // A pipe would wait for its writer; what has no length counts as empty.
    private static async Task<SignedFile> HashAsync(string path, string name, CancellationToken cancel)
    {
        Digest digest = InputFile.HasContent(path) ? await FileDigest.OfAsync(path, null, cancel) : Digest.Of(ReadOnlySpan<byte>.Empty);
        return new(name, digest.Hex);
    }
}
