using ModelPack.Cli.Documents;
using ModelPack.Models.Gguf;

namespace ModelPack.Cli.Inspection;

/// <summary>Describes a GGUF file, split or whole, from its headers.</summary>
internal static class GgufInspection
{
    public static InspectDocument Inspect(string path, bool listTensors)
    {
        using GgufFile file = GgufFile.Open(path);
        GgufMetadata keys = file.Metadata;
        string? architecture = Text(keys, "general.architecture");
        int? experts = Number(keys, $"{architecture}.expert_count");
        int active = Number(keys, $"{architecture}.expert_used_count") ?? 0;
        long parameters = file.Tensors.Sum(static t => t.Count);
        long idle = experts is > 0
            ? file.Tensors.Where(static t => t.Name.Contains("_exps.", StringComparison.Ordinal)).Sum(t => t.Count / experts.Value * (experts.Value - Math.Min(active, experts.Value)))
            : 0;
        return new InspectDocument
        {
            Format = "gguf",
            Architecture = architecture,
            Parameters = parameters,
            ActiveParameters = parameters - idle,
            Layers = Number(keys, $"{architecture}.block_count"),
            Experts = experts is > 0 ? new(experts.Value, active, Number(keys, $"{architecture}.expert_shared_count") ?? 0) : null,
            ContextLength = Number(keys, $"{architecture}.context_length"),
            VocabularySize = keys.TryGet("tokenizer.ggml.tokens", out GgufValue? tokens) ? tokens.Count : null,
            Tokenizer = Tokenizer(keys),
            License = License(keys),
            Bytes = file.Tensors.Sum(static t => t.Bytes),
            Types = file.Tensors
                .GroupBy(static t => t.Type)
                .OrderByDescending(static g => g.Sum(static t => t.Bytes))
                .ThenBy(static g => g.Key.Id)
                .ToDictionary(static g => g.Key.Name, static g => g.Sum(static t => t.Bytes)),
            Tensors = listTensors ? [.. file.Tensors.Select(static t => new InspectTensor(t.Name, t.Type.Name, t.Shape, t.Bytes))] : null,
        };
    }

    private static string? Text(GgufMetadata keys, string key) =>
        keys.TryGet(key, out GgufValue? value) && value.Type == GgufValueType.String ? value.AsString() : null;

    /// <summary>A count; null when the key is absent or holds anything else (some keys may be arrays, one a layer).</summary>
    private static int? Number(GgufMetadata keys, string key) =>
        keys.TryGet(key, out GgufValue? value)
        && value.Value is byte or sbyte or ushort or short or uint or int or long or ulong and <= long.MaxValue
        && value.AsInteger() is >= 0 and <= int.MaxValue and long number
            ? (int)number
            : null;

    private static string? Tokenizer(GgufMetadata keys)
    {
        string? model = Text(keys, "tokenizer.ggml.model");
        string? pre = Text(keys, "tokenizer.ggml.pre");
        return model is null ? null : pre is null ? model : $"{model}/{pre}";
    }

    private static string? License(GgufMetadata keys)
    {
        string? id = Text(keys, "general.license");
        string? name = Text(keys, "general.license.name");
        return id is null or "other" && name is not null ? name : id;
    }
}
