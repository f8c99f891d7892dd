using ModelPack.Models.Gguf;

namespace ModelPack.Models.Architectures;

/// <summary>Writes an architecture's own metadata keys, "qwen3moe.expert_count", with the types llama.cpp's converter gives them.</summary>
/// <param name="metadata">Where they go, in order of the calls.</param>
/// <param name="prefix">The architecture's name.</param>
internal sealed class GgufKeys(GgufMetadata metadata, string prefix)
{
    /// <summary>A count as u32.</summary>
    public void Add(string key, int value) => metadata.Add($"{prefix}.{key}", GgufValue.Of(checked((uint)value)));

    /// <summary>A number as f32.</summary>
    public void Add(string key, double value) => metadata.Add($"{prefix}.{key}", GgufValue.Of((float)value));

    /// <summary>A number as f32, unless null.</summary>
    public void AddOptional(string key, double? value)
    {
        if (value is { } number)
        {
            Add(key, number);
        }
    }

    /// <summary>A switch.</summary>
    public void Add(string key, bool value) => metadata.Add($"{prefix}.{key}", GgufValue.Of(value));

    /// <summary>A word.</summary>
    public void Add(string key, string value) => metadata.Add($"{prefix}.{key}", GgufValue.Of(value));
}
