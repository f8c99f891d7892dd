using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Onnx;

namespace ModelPack.Quantize.Onnx;

/// <summary>Checks that an ONNX folder is whole: structure, sizes, hashes, and that nothing in it points outside.</summary>
/// <remarks>A folder that others made has no modelpack.json: that is a finding, and the rest is checked all the same.</remarks>
public sealed class FolderCheck
{
    // A detached signature is made after the list.
    private const string SignatureName = "model.sig";

    private const string ConfigFile = "genai_config.json";
    private const string TokenizerFile = "tokenizer.json";
    private const long MostConfigBytes = 16 << 20;

    private readonly string _folder;
    private readonly List<FolderFinding> _findings = [];
    private readonly Dictionary<string, long> _sizes;
    private long _hashed;

    private FolderCheck(string folder)
    {
        _folder = folder;
        _sizes = new DirectoryInfo(folder)
            .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
            .ToDictionary(f => Path.GetRelativePath(folder, f.FullName).Replace('\\', '/'), SizeOf, StringComparer.Ordinal);
    }

    /// <summary>Checks a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="progress">Hears of bytes that were hashed, and of those to hash.</param>
    /// <param name="cancel">Stops the hashing.</param>
    /// <exception cref="ModelPackException">There is no such folder, or it cannot be read.</exception>
    public static async Task<FolderReport> RunAsync(
        string path, IProgress<(long Done, long Total, string File)>? progress = null, CancellationToken cancel = default)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            throw new ModelPackException($"{path}: no such folder; expected a folder with {OnnxPlan.ModelFile} and {OnnxManifest.FileName}");
        }

        try
        {
            FolderCheck check = new(folder);
            ManifestContent? manifest = check.ReadManifest();
            check.CheckGraph(manifest);
            check.CheckConfig();
            check.Require(TokenizerFile, "ONNX Runtime GenAI reads its tokenizer from it");
            if (manifest is not null)
            {
                await check.CheckFilesAsync(manifest.Files, progress, cancel).ConfigureAwait(false);
            }

            return new(folder, check._sizes.Count, check._sizes.Values.Sum(), check._hashed, check._findings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static long SizeOf(FileInfo file) =>
        file.LinkTarget is null ? file.Length : file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : -1;

    private void Find(string code, string file, string message) => _findings.Add(new(code, file, message));

    private bool Require(string name, string why)
    {
        if (_sizes.ContainsKey(name))
        {
            return true;
        }

        Find(FolderFindingCode.Missing, name, $"no such file; {why}");
        return false;
    }

    private ManifestContent? ReadManifest()
    {
        if (!Require(OnnxManifest.FileName, "the hashes of all files are in it, so none was compared"))
        {
            return null;
        }

        try
        {
            return ManifestContent.Read(Path.Combine(_folder, OnnxManifest.FileName));
        }
        catch (ModelPackException fault)
        {
            Find(FolderFindingCode.Invalid, OnnxManifest.FileName, fault.Message);
            return null;
        }
    }

    private void CheckGraph(ManifestContent? manifest)
    {
        if (!Require(OnnxPlan.ModelFile, "it is the graph"))
        {
            return;
        }

        string path = Path.Combine(_folder, OnnxPlan.ModelFile);
        Dictionary<string, OnnxData.External> external = new(StringComparer.Ordinal);
        try
        {
            foreach (OnnxConstant constant in OnnxInventory.Of(OnnxReader.Read(path)).Constants)
            {
                if (constant.Tensor.Data is OnnxData.External data)
                {
                    external.TryAdd(constant.Name, data);
                    CheckExternal(path, constant.Name, data);
                }
            }
        }
        catch (ModelPackException fault)
        {
            // A location that leaves the folder is refused by the reader already.
            bool leaves = fault.Message.Contains("external_data: location", StringComparison.Ordinal);
            Find(leaves ? FolderFindingCode.Outside : FolderFindingCode.Invalid, OnnxPlan.ModelFile, WithoutName(fault.Message, OnnxPlan.ModelFile));
            return;
        }

        Compare(manifest, external);
    }

    private void CheckExternal(string model, string tensor, OnnxData.External data)
    {
        if (_findings.Any(f => f.File == data.Location))
        {
            return;
        }

        if (!_sizes.TryGetValue(data.Location, out long size) || size < 0)
        {
            Find(FolderFindingCode.Missing, data.Location, $"no such file; the weights of {tensor} are in it");
            return;
        }

        try
        {
            OnnxExternalFile.Resolve(model, tensor, data);
        }
        catch (ModelPackException fault)
        {
            string code = size < data.Offset + data.Bytes ? FolderFindingCode.Size : FolderFindingCode.Outside;
            Find(code, data.Location, WithoutName(WithoutName(fault.Message, OnnxPlan.ModelFile), data.Location));
        }
    }

    /// <summary>The manifest names every initializer that is in a data file, at its place, and no other.</summary>
    private void Compare(ManifestContent? manifest, Dictionary<string, OnnxData.External> external)
    {
        if (manifest is null)
        {
            return;
        }

        foreach ((string name, string file, long offset, long bytes) in manifest.Initializers)
        {
            if (!external.Remove(name, out OnnxData.External? data) || data.Location != file || data.Offset != offset || data.Bytes != bytes)
            {
                string found = data is null ? "not in the graph" : $"bytes {data.Offset} to {data.Offset + data.Bytes} of {data.Location} in the graph";
                Find(FolderFindingCode.Mismatch, OnnxManifest.FileName, $"{name}: bytes {offset} to {offset + bytes} of {file}; {found}");
                return;
            }
        }

        if (external.Count > 0)
        {
            Find(FolderFindingCode.Mismatch, OnnxManifest.FileName, $"{external.Keys.Order(StringComparer.Ordinal).First()}: in the graph, but not listed");
        }
    }

    private void CheckConfig()
    {
        if (!Require(ConfigFile, "ONNX Runtime GenAI loads a model by it"))
        {
            return;
        }

        try
        {
            if (_sizes[ConfigFile] > MostConfigBytes)
            {
                throw new JsonException($"{_sizes[ConfigFile]} bytes; expected at most {MostConfigBytes}");
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, ConfigFile)));
            string? model = document.RootElement.GetProperty("model").GetProperty("decoder").GetProperty("filename").GetString();
            if (model is null || !FolderPath.IsInside(model))
            {
                Find(FolderFindingCode.Outside, ConfigFile, $"model.decoder.filename '{model}'; expected a file inside the folder");
            }
            else if (!_sizes.ContainsKey(model))
            {
                Find(FolderFindingCode.Mismatch, ConfigFile, $"model.decoder.filename '{model}': no such file");
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            Find(FolderFindingCode.Invalid, ConfigFile, $"cannot be read: {e.Message.TrimEnd('.')}; expected an object with model.decoder.filename");
        }
    }

    private async Task CheckFilesAsync(
        IReadOnlyList<OnnxManifestFile> files, IProgress<(long, long, string)>? progress, CancellationToken cancel)
    {
        HashSet<string> listed = new(StringComparer.Ordinal);
        List<OnnxManifestFile> whole = [];
        foreach (OnnxManifestFile file in files)
        {
            if (!FolderPath.IsInside(file.Name) || !listed.Add(file.Name))
            {
                Find(FolderFindingCode.Outside, OnnxManifest.FileName, $"lists '{file.Name}'; expected every file once, and inside the folder");
            }
            else if (IsLinkOutside(file.Name))
            {
                Find(FolderFindingCode.Outside, file.Name, "a link that leaves the folder; expected a file inside it");
            }
            else if (!_sizes.TryGetValue(file.Name, out long size) || size < 0)
            {
                FindOnce(FolderFindingCode.Missing, file.Name, $"no such file; {OnnxManifest.FileName} lists it with {file.Bytes} bytes");
            }
            else if (size != file.Bytes)
            {
                FindOnce(FolderFindingCode.Size, file.Name, $"{size} bytes; expected {file.Bytes}");
            }
            else
            {
                whole.Add(file);
            }
        }

        foreach (string name in _sizes.Keys.Where(n => !listed.Contains(n) && n != OnnxManifest.FileName
            && !n.StartsWith(OnnxManifest.FileName + ".", StringComparison.Ordinal)
            && n != SignatureName).Order(StringComparer.Ordinal))
        {
            FindOnce(FolderFindingCode.Unlisted, name, $"{OnnxManifest.FileName} does not list it");
        }

        long total = whole.Sum(static f => f.Bytes);
        foreach (OnnxManifestFile file in whole)
        {
            progress?.Report((_hashed, total, file.Name));
            string actual = await FileHash.Sha256Async(Path.Combine(_folder, file.Name), cancel).ConfigureAwait(false);
            _hashed += file.Bytes;
            if (!actual.Equals(file.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                Find(FolderFindingCode.Hash, file.Name, $"SHA-256 {actual}; expected {file.Sha256}");
            }
        }

        progress?.Report((_hashed, total, ""));
    }

    private void FindOnce(string code, string file, string message)
    {
        if (!_findings.Any(f => f.File == file))
        {
            Find(code, file, message);
        }
    }

    private bool IsLinkOutside(string name)
    {
        string path = _folder;
        foreach (string part in name.Split('/'))
        {
            path = Path.Combine(path, part);
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (info.LinkTarget is not null
                && info.ResolveLinkTarget(returnFinalTarget: true)?.FullName.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) != true)
            {
                return true;
            }
        }

        return false;
    }

    private static string WithoutName(string message, string name) =>
        message.StartsWith(name + ": ", StringComparison.Ordinal) ? message[(name.Length + 2)..] : message;
}
