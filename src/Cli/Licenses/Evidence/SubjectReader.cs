using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Identity;
using ModelPack.Models;
using ModelPack.Models.Conversion;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>Gathers what an audit looks at: metadata, license texts and lineage of a MODEL argument.</summary>
internal static class SubjectReader
{
    /// <summary>GGUF files of one folder whose metadata is read; a folder of many is a collection of variants.</summary>
    private const int MaxGgufFiles = 64;

    /// <param name="path">A checkpoint, ONNX or other folder, or a .gguf or .onnx file, which counts with the texts beside it.</param>
    /// <param name="warn">Told what could not be read though the rest could.</param>
    /// <param name="cancel">Stops between files.</param>
    /// <exception cref="ModelPackException">There is no such file or folder, or it is none that is audited.</exception>
    public static AuditSubject Read(string path, Action<string> warn, CancellationToken cancel)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
        {
            return ReadFolder(full, warn, cancel);
        }

        if (!File.Exists(full))
        {
            throw new ModelPackException($"{path}: no such folder or file; expected a model folder, a .gguf or an .onnx file");
        }

        return Path.GetExtension(full).ToLowerInvariant() switch
        {
            ".gguf" => ReadFile(full, "gguf", [full], warn, cancel),
            ".onnx" => ReadFile(full, "onnx", [], warn, cancel),
            _ => throw new ModelPackException(
                $"{path}: expected a model folder, a .gguf or an .onnx file; 'modelpack license detect' reads single license texts"),
        };
    }

    private static AuditSubject ReadFolder(string folder, Action<string> warn, CancellationToken cancel)
    {
        string[] gguf = [.. Names(folder, "*.gguf").Take(MaxGgufFiles)];
        bool onnx = Names(folder, "*.onnx").Any() || File.Exists(Path.Combine(folder, "genai_config.json"));
        string kind = File.Exists(Path.Combine(folder, "config.json")) && !onnx ? "checkpoint" : onnx ? "onnx" : gguf.Length > 0 ? "gguf" : "folder";
        return Gather(folder, ModelFolder.NameOf(folder), kind, gguf, LicenseScan.Search(folder, warn, cancel), warn, cancel);
    }

    // The folder of a single file may hold other models: its parts in folders of their own are not this model's.
    private static AuditSubject ReadFile(string file, string kind, string[] gguf, Action<string> warn, CancellationToken cancel)
    {
        string folder = Path.GetDirectoryName(file)!;
        List<string> texts = [.. Names(folder, "*").Where(static f => LicenseFileName.IsLicenseLike(Path.GetFileName(f)))];
        return Gather(folder, Path.GetFileName(file), kind, gguf, texts, warn, cancel);
    }

    private static AuditSubject Gather(
        string folder, string name, string kind, IReadOnlyList<string> gguf, List<string> texts, Action<string> warn, CancellationToken cancel)
    {
        SubjectEvidence evidence = new(kind == "gguf");
        Try(() => ConfigEvidence.Read(folder, evidence), warn);
        Try(() => CardEvidence.Read(folder, evidence), warn);
        foreach (string file in gguf)
        {
            cancel.ThrowIfCancellationRequested();
            Try(() => GgufEvidence.Read(file, evidence), warn);
        }

        Try(() => PackageEvidence.Read(folder, evidence), warn);
        return new()
        {
            Name = name,
            Kind = kind,
            PublishedName = evidence.PublishedName,
            Declarations = evidence.Declarations,
            Parents = evidence.Parents,
            Files = TextEvidence.Read(folder, texts, warn, cancel),
        };
    }

    private static IEnumerable<string> Names(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0, MatchCasing = MatchCasing.CaseInsensitive })
            .Order(StringComparer.Ordinal);

    private static void Try(Action read, Action<string> warn)
    {
        try
        {
            read();
        }
        catch (Exception fault) when (fault is ModelPackException or IOException or UnauthorizedAccessException)
        {
            warn(fault.Message);
        }
    }
}
