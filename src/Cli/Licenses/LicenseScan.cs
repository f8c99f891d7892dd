using ModelPack.Cli.Documents;
using ModelPack.Licensing.Identity;
using ModelPack.Models;

namespace ModelPack.Cli.Licenses;

/// <summary>Finds and reads the license-like files of a path.</summary>
internal static class LicenseScan
{
    /// <summary>Files and folders looked at before a search stops.</summary>
    private const int MaxEntries = 1_000_000;

    /// <summary>License-like files read before a search stops.</summary>
    private const int MaxFiles = 100_000;

    private const int MaxDepth = 64;

    /// <summary>Detects the licenses of one file, or of the license-like files of a folder, in the order of their names.</summary>
    /// <param name="path">A file or folder; links to folders inside it are not followed.</param>
    /// <param name="warn">Told when a search stops early or a file cannot be read.</param>
    /// <param name="cancel">Stops between files.</param>
    /// <exception cref="ModelPackException">There is no such file or folder.</exception>
    public static IEnumerable<LicenseFileDocument> Read(string path, Action<string> warn, CancellationToken cancel)
    {
        if (File.Exists(path))
        {
            return ReadFile(path);
        }

        if (!Directory.Exists(path))
        {
            throw new ModelPackException($"{path}: no such file or folder");
        }

        return ReadFolder(path, warn, cancel);
    }

    private static IEnumerable<LicenseFileDocument> ReadFolder(string folder, Action<string> warn, CancellationToken cancel)
    {
        List<string> files = Search(folder, warn, cancel);
        files.Sort(StringComparer.Ordinal);
        foreach (string file in files)
        {
            cancel.ThrowIfCancellationRequested();
            List<LicenseFileDocument> found = [];
            try
            {
                found.AddRange(ReadFile(file));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                warn($"{file}: {fault.Message}");
            }

            // A README without a license is no finding.
            foreach (LicenseFileDocument license in found.Where(license => license.State != "none" || !IsReadme(file)))
            {
                yield return license;
            }
        }
    }

    private static bool IsReadme(string file) => Path.GetFileName(file).StartsWith("README", StringComparison.OrdinalIgnoreCase);

    /// <summary>The paths of license-like files below a folder, in no order.</summary>
    /// <param name="folder">Links to folders inside it are not followed.</param>
    /// <param name="warn">Told when the search stops early.</param>
    /// <param name="cancel">Stops between entries.</param>
    public static List<string> Search(string folder, Action<string> warn, CancellationToken cancel)
    {
        EnumerationOptions options = new()
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = MaxDepth,
            IgnoreInaccessible = true,

            // A link to a folder can make a loop; a link to a file is read as the file (hubs' caches are made of them).
            AttributesToSkip = 0,
        };
        List<string> files = [];
        int entries = 0;
        System.IO.Enumeration.FileSystemEnumerable<(string Path, bool IsFolder)> all = new(
            folder, static (ref entry) => (entry.ToSpecifiedFullPath(), entry.IsDirectory), options)
        {
            ShouldRecursePredicate = static (ref entry) =>
                (entry.Attributes & FileAttributes.ReparsePoint) == 0 && entry.FileName is not (".git" or "node_modules"),
        };
        foreach ((string path, bool isFolder) in all)
        {
            cancel.ThrowIfCancellationRequested();
            if (++entries > MaxEntries || files.Count == MaxFiles)
            {
                warn($"{folder}: the search stopped after {entries - 1} entries and {files.Count} license files");
                break;
            }

            if (!isFolder && (LicenseFileName.IsLicenseLike(Path.GetFileName(path)) || Path.GetDirectoryName(path) == Path.Combine(folder, LicenseFileName.TextFolder)))
            {
                files.Add(path);
            }
        }

        return files;
    }

    private static IEnumerable<LicenseFileDocument> ReadFile(string path)
    {
        byte[] bytes = ReadStart(path, out bool cut);
        string? text = LicenseTextDecoder.Decode(bytes);
        IReadOnlyList<DetectedLicense> licenses = text is null
            ? LicenseDetector.Default.Detect(bytes, path)
            : LicenseDetector.Default.Detect(text, path);
        return licenses.Select(license => new LicenseFileDocument
        {
            Path = path.Replace('\\', '/'),
            Id = license.Id,
            State = license.State.ToString().ToLowerInvariant(),
            Similarity = Math.Round(license.Similarity, 4),
            Base = license.BaseId,
            SameText = license.SameText.Count > 0 ? license.SameText : null,
            FirstLine = LineOf(text, license.Text.Start.Value),
            LastLine = LineOf(text, license.Text.End.Value),
            Evidence = cut ? [.. license.Evidence, $"only the first {ByteSize.Format(LicenseTextDecoder.MaxBytes)} of the file were read"] : license.Evidence,
        });
    }

    /// <summary>The first bytes of a file, as many as the detector looks at; a pipe or a device, which has no length, counts as empty.</summary>
    public static byte[] ReadStart(string path, out bool cut)
    {
        cut = false;
        FileSystemInfo target = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        if (target is not FileInfo { Length: > 0 })
        {
            return [];
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        byte[] bytes = new byte[Math.Min(file.Length, LicenseTextDecoder.MaxBytes)];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        cut = file.Length > length;
        return length == bytes.Length ? bytes : bytes[..length];
    }

    private static int LineOf(string? text, int position) =>
        text is null ? 1 : 1 + text.AsSpan(0, Math.Min(position, text.Length)).Count('\n');
}
