namespace ModelPack.Quantize.Mixtures;

/// <summary>What a tensor is to a mixture: broad groups that rules speak of.</summary>
/// <remarks>Source: llama.cpp v0.5.0, src/llama-quant.cpp, tensor_get_category.</remarks>
public enum TensorCategory
{
    /// <summary>No rule speaks of it: it gets the default type.</summary>
    Other,

    /// <summary>The output head.</summary>
    Output,

    /// <summary>Token embeddings; the head, too, where the model has no other.</summary>
    Embedding,

    /// <summary>Values of attention, also where they are fused with queries and keys.</summary>
    AttentionV,

    /// <summary>Keys of attention.</summary>
    AttentionK,

    /// <summary>The output projection of attention.</summary>
    AttentionOutput,

    /// <summary>The projection back from the feed-forward width: dense, routed or shared experts.</summary>
    FeedForwardDown,
}
