using ModelPack.Cli.Documents;
using ModelPack.Cli.Inspection;
using ModelPack.Models;
using ModelPack.Models.Cards;
using ModelPack.Packaging.Packing;

namespace ModelPack.Cli.Packages;

/// <summary>Describes a model for the config of its package.</summary>
internal static class PackDescriber
{
    private static readonly Dictionary<string, string> Precisions = new(StringComparer.OrdinalIgnoreCase)
    {
        ["BF16"] = "bfloat16",
        ["F16"] = "float16",
        ["F32"] = "float32",
    };

    /// <param name="model">A folder, or a .gguf or .onnx file.</param>
    /// <param name="warn">Told what could not be found out.</param>
    /// <param name="cancel">Stops between files.</param>
    public static PackageDescription Describe(string model, Action<string> warn, CancellationToken cancel)
    {
        string? gguf = !Directory.Exists(model) || File.Exists(Path.Combine(model, "config.json")) ? null
            : Directory.EnumerateFiles(model, "*.gguf").Order(StringComparer.Ordinal).FirstOrDefault();
        bool isOnnx = model.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) || (Directory.Exists(model) && Directory.EnumerateFiles(model, "*.onnx").Any());
        try
        {
            return Of(Inspector.Inspect(gguf ?? model, listTensors: false, warn, cancel)) with { Languages = Languages(model) };
        }
        catch (ModelPackException fault)
        {
            if (!isOnnx)
            {
                warn($"the package says little of the model: {fault.Message}");
            }

            return new() { Format = isOnnx ? "onnx" : null };
        }
    }

    private static PackageDescription Of(InspectDocument model)
    {
        string? type = model.Types.Keys.FirstOrDefault();
        string? precision = model.Encoding is null or "none" && type is not null ? Precisions.GetValueOrDefault(type) : null;
        return new()
        {
            Architecture = model.Architecture,
            Format = model.Format,
            Parameters = model.Parameters,
            Precision = precision,
            Quantization = precision is not null ? null : model.Encoding is null or "none" ? type?.ToLowerInvariant() : model.Encoding,
            IsTextModel = model.Layers is not null && model.VocabularySize is not null,
        };
    }

    private static string[] Languages(string model) => Directory.Exists(model) && ModelCardReader.ReadFolder(model)?.Languages is { } languages
        ? [.. languages.Where(static l => l.Length == 2 && l.All(char.IsAsciiLetterLower)).Distinct()]
        : [];
}
