using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Conversion;

/// <summary>The halves of latent attention's kv_b as GGUF has them: llama.cpp multiplies queries with one, attended vectors with the other.</summary>
public static class LatentHalves
{
    /// <summary>attn_k_b, [heads × rank] rows of nope columns: each head's keys transposed.</summary>
    /// <param name="whole">kv_b, [heads × (nope + value)] rows of rank columns.</param>
    /// <param name="attention">Its sizes.</param>
    public static TensorSource Keys(TensorSource whole, AttentionSpec.Latent attention) =>
        new TransposedHeads(whole, attention.NopeSize + attention.ValueSize, 0, attention.NopeSize);

    /// <summary>attn_v_b, [heads × value] rows of rank columns.</summary>
    /// <param name="whole">kv_b, [heads × (nope + value)] rows of rank columns.</param>
    /// <param name="attention">Its sizes.</param>
    public static TensorSource Values(TensorSource whole, AttentionSpec.Latent attention) =>
        new PickedRows(whole, attention.NopeSize + attention.ValueSize, attention.NopeSize, attention.ValueSize);
}
