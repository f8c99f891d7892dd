using System.Globalization;
using System.Text.RegularExpressions;
using ModelPack.Models.Safetensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>Finds a folder's weight files by name; opens none but the index.</summary>
internal static partial class CheckpointFolder
{
    /// <summary>The index, or null where the folder has none.</summary>
    public static SafetensorsIndex? ReadIndex(string folder)
    {
        string path = Path.Combine(folder, SafetensorsIndex.FileName);
        return File.Exists(path)
            ? SafetensorsIndex.Parse(JsonFile.Read(path, SafetensorsIndex.FileName, SafetensorsIndex.MaxLength).Span)
            : null;
    }

    /// <summary>Weight files relative to the folder, in ordinal order: those the index names, else all *.safetensors.</summary>
    /// <exception cref="InvalidCheckpointException">Files are missing.</exception>
    /// <exception cref="UnsupportedModelException">There are only pickles.</exception>
    public static IReadOnlyList<string> FindFiles(string folder, SafetensorsIndex? index)
    {
        if (index is not null)
        {
            return CheckIndexed(folder, index.Files);
        }

        List<string> files = [.. Names(folder, ".safetensors")];

        // Mistral ships the same weights twice, under other names in consolidated.safetensors.
        if (files.Exists(IsModel))
        {
            files.RemoveAll(static f => f.StartsWith("consolidated", StringComparison.Ordinal));
        }

        if (files.Count == 0)
        {
            List<string> pickles = [.. Names(folder, ".bin"), .. Names(folder, ".pt"), .. Names(folder, ".pth"), .. Names(folder, ".ckpt")];
            throw pickles.Count > 0 ? CheckpointFaults.OnlyPickles(folder, pickles) : CheckpointFaults.NoWeights(folder);
        }

        CheckParts(folder, files);
        return files;
    }

    private static bool IsModel(string file) => file.StartsWith("model", StringComparison.Ordinal);

    /// <summary>Hidden files are left out: "._model.safetensors" is what macOS leaves on foreign disks.</summary>
    private static IEnumerable<string> Names(string folder, string extension) =>
        Directory.EnumerateFiles(folder)
            .Select(static f => Path.GetFileName(f))
            .Where(f => f.EndsWith(extension, StringComparison.Ordinal) && f[0] != '.')
            .Order(StringComparer.Ordinal);

    private static IReadOnlyList<string> CheckIndexed(string folder, IReadOnlyList<string> files)
    {
        foreach (string file in files)
        {
            CheckNoLinkedFolder(folder, file);
        }

        string[] missing = [.. files.Where(f => !File.Exists(Path.Combine(folder, f)))];
        return missing.Length == 0 ? files : throw SafetensorsIndexFaults.FileMissing(SafetensorsIndex.FileName, missing);
    }

    /// <summary>A weight file may be a link, as hub caches make them; a folder on the way to it may not.</summary>
    private static void CheckNoLinkedFolder(string folder, string file)
    {
        for (string? parent = Path.GetDirectoryName(file); !string.IsNullOrEmpty(parent); parent = Path.GetDirectoryName(parent))
        {
            if (new DirectoryInfo(Path.Combine(folder, parent)).LinkTarget is not null)
            {
                throw SafetensorsIndexFaults.PathLeavesFolder(SafetensorsIndex.FileName, file);
            }
        }
    }

    /// <summary>Without an index only the names "model-00001-of-00003" tell that a file is missing.</summary>
    private static void CheckParts(string folder, List<string> files)
    {
        SortedSet<string> missing = new(StringComparer.Ordinal);
        foreach (Match match in files.Select(static f => PartName().Match(f)).Where(static m => m.Success))
        {
            int count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
            for (int part = 1; part <= count && missing.Count < 1000; part++)
            {
                string name = $"{match.Groups["stem"].Value}-{part:D5}-of-{count:D5}.safetensors";
                if (!files.Contains(name))
                {
                    missing.Add(name);
                }
            }
        }

        if (missing.Count > 0)
        {
            throw SafetensorsIndexFaults.PartMissing(folder, missing);
        }
    }

    [GeneratedRegex("^(?<stem>.*)-[0-9]{5}-of-(?<count>[0-9]{5})\\.safetensors$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
