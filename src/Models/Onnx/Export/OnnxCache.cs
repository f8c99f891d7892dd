using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>Shape of a layer's part of the KV cache, [batch, heads, length, head size], the same for keys and values.</summary>
/// <param name="Heads">num_key_value_heads of genai_config.json.</param>
/// <param name="HeadSize">head_size of genai_config.json.</param>
public readonly record struct OnnxCache(int Heads, int HeadSize)
{
    /// <summary>The cache of a kind of attention.</summary>
    /// <remarks>Latent attention caches expanded keys and values, the narrower of the two padded with zeros.</remarks>
    public static OnnxCache Of(AttentionSpec attention) => attention switch
    {
        AttentionSpec.Grouped a => new(a.KeyValueHeads, a.HeadSize),
        AttentionSpec.Latent a => new(a.Heads, Math.Max(a.NopeSize + a.RopeSize, a.ValueSize)),
        _ => throw new ArgumentException($"{attention.GetType()} has no cache yet.", nameof(attention)),
    };
}
