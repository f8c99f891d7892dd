using System.Text.Json;
using ModelPack.Licensing.Catalog;
using ModelPack.Models;

namespace ModelPack.Cli.Licenses.Evidence;

/// <summary>config.json (some name a license) and adapter_config.json (which names its base).</summary>
internal static class ConfigEvidence
{
    private const int MaxBytes = 16 << 20;

    public static void Read(string folder, SubjectEvidence evidence)
    {
        if (ReadObject(folder, "config.json") is { } config)
        {
            evidence.Declare("config.json", Text(config, "license"), Text(config, "license_name"), Text(config, "license_link"));
            evidence.Quantized |= config.TryGetProperty("quantization_config", out JsonElement value) && value.ValueKind == JsonValueKind.Object;
        }

        if (ReadObject(folder, "adapter_config.json") is { } adapter && Text(adapter, "base_model_name_or_path") is { } name)
        {
            evidence.Parent(name, Relation.Adapter, "adapter_config.json base_model_name_or_path");
        }
    }

    /// <summary>Reads a file that holds one JSON object; null when there is none.</summary>
    /// <exception cref="ModelPackException">It is too large, or no JSON object.</exception>
    internal static JsonElement? ReadObject(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path) || !InputFile.HasContent(path))
        {
            return null;
        }

        if (new FileInfo(path).Length > MaxBytes)
        {
            throw new ModelPackException($"{path}: larger than {ByteSize.Format(MaxBytes)}; its license and lineage were not read");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new() { AllowTrailingCommas = true, MaxDepth = 64 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException fault)
        {
            throw new ModelPackException($"{path}: no JSON at line {fault.LineNumber + 1}; its license and lineage were not read", fault);
        }
    }

    internal static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
