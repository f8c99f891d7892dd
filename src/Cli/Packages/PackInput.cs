using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Packaging.Packing;

namespace ModelPack.Cli.Packages;

/// <summary>The PATHs of a pack: every file with its path in the package, and the models among them.</summary>
/// <param name="Files">Files to pack.</param>
/// <param name="Models">Folders, .gguf and .onnx files: what is audited; the first is what the package is.</param>
internal sealed record PackInput(IReadOnlyList<PackageFile> Files, IReadOnlyList<string> Models)
{
    private const int MaxFiles = 20_000;
    private const int MaxDepth = 32;

    /// <param name="paths">Files and folders; a folder's files keep their paths below it, hidden ones are left out.</param>
    /// <exception cref="ModelPackException">There is no such file, or a link leads out of its folder.</exception>
    /// <exception cref="UsageException">There is no model among them.</exception>
    public static PackInput Read(IReadOnlyList<string> paths)
    {
        List<PackageFile> files = [];
        List<string> models = [];
        foreach (string path in paths.Select(static p => Path.TrimEndingDirectorySeparator(Path.GetFullPath(p))))
        {
            if (Directory.Exists(path))
            {
                models.Add(path);
                files.AddRange(Folder(path));
            }
            else if (!File.Exists(path))
            {
                throw new ModelPackException($"{path}: no such file or folder");
            }
            else if (Path.GetExtension(path).Equals(".gguf", StringComparison.OrdinalIgnoreCase))
            {
                models.Add(path);
                files.AddRange(Parts(path).Select(static part => new PackageFile(Path.GetFileName(part), part)));
            }
            else
            {
                models.AddRange(Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase) ? [path] : []);
                files.Add(new(Path.GetFileName(path), path));
            }
        }

        return models.Count == 0
            ? throw new UsageException("PATH: expected a folder, a .gguf or an .onnx file among them: licenses are read from there")
            : files.Count > MaxFiles ? throw new ModelPackException($"{files.Count} files; a package has {MaxFiles} at most")
            : new(files, models);
    }

    /// <summary>Divides GGUF models that have a larger file.</summary>
    /// <param name="maxBytes">Largest size of a file.</param>
    /// <exception cref="ModelPackException">A model cannot be read.</exception>
    public PackInput Divide(long maxBytes)
    {
        List<PackageFile> files = [];
        HashSet<string> divided = [];
        foreach (PackageFile file in Files)
        {
            if (file.Source is not { } source || !Path.GetExtension(source).Equals(".gguf", StringComparison.OrdinalIgnoreCase))
            {
                files.Add(file);
                continue;
            }

            IReadOnlyList<string> parts = Parts(source);
            if (parts.All(p => new FileInfo(p).Length <= maxBytes))
            {
                files.Add(file);
            }
            else if (divided.Add(parts[0]))
            {
                string folder = file.Path[..(file.Path.LastIndexOf('/') + 1)];
                files.AddRange(GgufShard.Divide(source, maxBytes).Select(shard => new PackageFile(folder + shard.Name, source) { Shard = shard }));
            }
        }

        return this with { Files = files };
    }

    // A model that is split is one model.
    private static IReadOnlyList<string> Parts(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        return file.Files;
    }

    /// <summary>The files of a folder, without hidden ones; links of the hub's cache are followed.</summary>
    /// <exception cref="ModelPackException">A link leads out of the folder.</exception>
    public static IEnumerable<PackageFile> Folder(string folder)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth, AttributesToSkip = 0, IgnoreInaccessible = false };
        System.IO.Enumeration.FileSystemEnumerable<string> all = new(folder, static (ref entry) => entry.ToFullPath(), options)
        {
            ShouldIncludePredicate = static (ref entry) => !entry.IsDirectory && entry.FileName[0] != '.'
                && !entry.FileName.EndsWith(".partial", StringComparison.Ordinal) && !entry.FileName.EndsWith(".journal", StringComparison.Ordinal),
            ShouldRecursePredicate = static (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0 && entry.FileName[0] != '.',
        };
        foreach (string file in all.Order(StringComparer.Ordinal))
        {
            CheckLink(file, folder);
            yield return new(Path.GetRelativePath(folder, file).Replace('\\', '/'), file);
        }
    }

    // A folder from a stranger may hold a link to a file of ours, which would be published. The hub's cache links to its own blobs.
    private static void CheckLink(string file, string folder)
    {
        if (new FileInfo(file).ResolveLinkTarget(returnFinalTarget: true) is not { } target)
        {
            return;
        }

        string home = ModelFolder.NameOf(folder) != Path.GetFileName(folder) ? Path.GetDirectoryName(Path.GetDirectoryName(folder))! : folder;
        if (!target.FullName.StartsWith(home + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new ModelPackException($"{file}: a link to {target.FullName}, which is outside of {home}; expected a file");
        }
    }
}
