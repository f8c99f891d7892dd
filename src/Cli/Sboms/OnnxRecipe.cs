using System.Text.Json;
using ModelPack.Cli.Licenses.Evidence;
using ModelPack.Licensing.Reports;
using ModelPack.Models;

namespace ModelPack.Cli.Sboms;

/// <summary>How the tensors of an ONNX folder were quantized, as its modelpack.json says.</summary>
internal static class OnnxRecipe
{
    private const string FileName = "modelpack.json";
    private const int MaxTensors = 1_000_000;

    /// <param name="folder">An ONNX folder.</param>
    /// <returns>The options, and every tensor; null where the folder has no modelpack.json.</returns>
    /// <exception cref="ModelPackException">modelpack.json is broken.</exception>
    public static (IReadOnlyList<ReportFact> Facts, IReadOnlyList<ReportTensor>? Tensors) Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || !InputFile.HasContent(path))
        {
            return ([], null);
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = 64 });
            JsonElement root = document.RootElement;
            return (
                [.. Options(root)],
                [.. root.GetProperty("tensors").EnumerateArray().Take(MaxTensors).Select(static t => new ReportTensor(Text(t, "name"), Text(t, "type"), Bytes(t), ConfigEvidence.Text(t, "method")))]);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    // Options that later versions add are said too.
    private static IEnumerable<ReportFact> Options(JsonElement root)
    {
        if (root.TryGetProperty("source", out JsonElement source) && ConfigEvidence.Text(source, "name") is { } name)
        {
            yield return new("source", name);
        }

        if (!root.TryGetProperty("options", out JsonElement options) || options.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (JsonProperty option in options.EnumerateObject())
        {
            (string Name, string? Value)[] all = option.Value.ValueKind == JsonValueKind.Object
                ? [.. option.Value.EnumerateObject().Select(field => ($"{option.Name}:{field.Name}", Value(field.Value)))]
                : [($"option:{option.Name}", Value(option.Value))];
            foreach ((string key, string? value) in all.Where(static p => p.Value is not null))
            {
                yield return new(key, value!);
            }
        }
    }

    private static string? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Array when value.GetArrayLength() > 0 => string.Join(", ", value.EnumerateArray().Select(static v => v.ToString())),
        _ => null,
    };

    private static long Bytes(JsonElement tensor) => tensor.TryGetProperty("initializers", out JsonElement parts)
        ? parts.EnumerateArray().Sum(static p => p.GetProperty("bytes").GetInt64())
        : 0;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
