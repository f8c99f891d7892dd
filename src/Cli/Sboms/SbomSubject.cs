using System.Globalization;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Inspection;
using ModelPack.Licensing.Reports;
using ModelPack.Models;
using ModelPack.Models.Gguf;

namespace ModelPack.Cli.Sboms;

/// <summary>What a bill of materials says of a model on the disk: what it is, and the type of every tensor.</summary>
internal static class SbomSubject
{
    private const string KeyPrefix = "quantize.";
    private const int MaxFacts = 64;
    private const int MaxText = 400;

    /// <param name="model">A folder, or a .gguf, .onnx or .safetensors file.</param>
    /// <param name="files">Its files with their hashes.</param>
    /// <param name="warn">Told what could not be found out.</param>
    /// <param name="cancel">Stops between files.</param>
    public static ReportModel Read(string model, IReadOnlyList<ReportFile> files, Action<string> warn, CancellationToken cancel)
    {
        string path = FirstGguf(model) ?? model;
        try
        {
            InspectDocument document = Inspector.Inspect(path, listTensors: true, warn, cancel);
            (IReadOnlyList<ReportFact> facts, IReadOnlyList<ReportTensor>? tensors) = document.Format switch
            {
                "gguf" => (Quantization(path), null),
                "onnx" when Directory.Exists(path) => OnnxRecipe.Read(path),
                _ => ([], (IReadOnlyList<ReportTensor>?)[]),
            };
            return new()
            {
                Architecture = document.Architecture,
                IsTextModel = document is { Layers: not null, VocabularySize: not null },
                Files = files,
                Facts = [.. Facts(document), .. facts],
                Tensors = tensors ?? [.. (document.Tensors ?? []).Select(static t => new ReportTensor(t.Name, t.Type, t.Bytes, null))],
            };
        }
        catch (ModelPackException fault)
        {
            warn($"the bill of materials says little of the model: {fault.Message}");
            return new() { Files = files, Facts = [], Tensors = [] };
        }
    }

    // A folder with a config is a checkpoint, whatever else lies there.
    private static string? FirstGguf(string model) => !Directory.Exists(model) || File.Exists(Path.Combine(model, "config.json")) ? null
        : Directory.EnumerateFiles(model, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault();

    private static IEnumerable<ReportFact> Facts(InspectDocument document)
    {
        yield return new("format", document.Format);
        yield return new("parameters", document.Parameters.ToString(CultureInfo.InvariantCulture));
        if (document.ActiveParameters != document.Parameters)
        {
            yield return new("parameters:active", document.ActiveParameters.ToString(CultureInfo.InvariantCulture));
        }

        if (document.Encoding is not (null or "none"))
        {
            yield return new("encoding", document.Encoding);
        }

        foreach ((string type, long bytes) in document.Types)
        {
            yield return new($"type:{type}", string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"));
        }
    }

    // "quantize.imatrix.file" of llama.cpp and its relatives, "quantize.calibration.sha256" of this program.
    private static List<ReportFact> Quantization(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        List<ReportFact> facts = [];
        foreach ((string key, GgufValue value) in file.Metadata)
        {
            if (key.StartsWith(KeyPrefix, StringComparison.Ordinal) && key.Length <= MaxText && value.Value is string or uint or int or ulong or long && facts.Count < MaxFacts)
            {
                string text = string.Create(CultureInfo.InvariantCulture, $"{value.Value}");
                facts.Add(new(key[KeyPrefix.Length..].Replace('.', ':'), FileName(text.Length > MaxText ? text[..MaxText] : text)));
            }
        }

        return facts;
    }

    // A file was named on someone's machine: its folders are nobody's business.
    private static string FileName(string text) => text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
}
