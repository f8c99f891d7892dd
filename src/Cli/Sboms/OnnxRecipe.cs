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
            string? value = option.Value.ValueKind switch
            {
                JsonValueKind.String => option.Value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => option.Value.GetRawText(),
                JsonValueKind.Array when option.Value.GetArrayLength() > 0 => string.Join(", ", option.Value.EnumerateArray().Select(static v => v.ToString())),
                _ => null,
            };
            if (value is not null)
            {
                yield return new($"option:{option.Name}", value);
            }
        }
    }

    private static long Bytes(JsonElement tensor) => tensor.TryGetProperty("initializers", out JsonElement parts)
        ? parts.EnumerateArray().Sum(static p => p.GetProperty("bytes").GetInt64())
        : 0;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
