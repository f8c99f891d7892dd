namespace ModelPack.Models.Architectures;

/// <summary>All that is needed to run a decoder-only transformer, but its weights: the one description of a model.</summary>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="VocabularySize">Rows of the embedding, padding included.</param>
/// <param name="ContextLength">Positions the model was made for (max_position_embeddings).</param>
/// <param name="DenseSize">Inner width the config gives for dense feed-forward layers, even when no layer is dense.</param>
/// <param name="NormEpsilon">Added to the mean square in every RMS norm.</param>
/// <param name="Rope">Rotary position embedding, the same in every layer.</param>
/// <param name="TiedEmbeddings">The head is the embedding; there is no tensor for it.</param>
/// <param name="Layers">One entry a layer; equal layers share one object.</param>
/// <remarks>
/// Every layer is: x += attention(norm(x)); x += feedForward(norm(x)), with RMS norms and SiLU-gated feed-forwards.
/// </remarks>
public sealed record DecoderSpec(
    int HiddenSize,
    int VocabularySize,
    int ContextLength,
    int DenseSize,
    double NormEpsilon,
    RopeSpec Rope,
    bool TiedEmbeddings,
    IReadOnlyList<LayerSpec> Layers)
{
    /// <summary>Layers from the first on whose feed-forward is dense.</summary>
    public int LeadingDenseLayers => Layers.TakeWhile(static l => l.FeedForward is FeedForwardSpec.Dense).Count();

    /// <summary>The expert layers' feed-forward, or null when all layers are dense.</summary>
    /// <remarks>GGUF holds one set of expert numbers a model, so all expert layers of a spec are alike.</remarks>
    public FeedForwardSpec.Experts? Experts => Layers.Select(static l => l.FeedForward).OfType<FeedForwardSpec.Experts>().FirstOrDefault();

    /// <summary>Whether a head is not hidden size / heads wide.</summary>
    internal bool HasUnusualHeadSize =>
        Layers[0].Attention is AttentionSpec.Grouped attention && (long)attention.HeadSize * attention.Heads != HiddenSize;
}
