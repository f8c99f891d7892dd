namespace ModelPack.Models.Architectures;

/// <summary>How one layer attends; a closed choice of <see cref="Grouped"/> and <see cref="Latent"/>.</summary>
/// <param name="Heads">Query heads.</param>
public abstract record AttentionSpec(int Heads)
{
    /// <summary>Multi-head, grouped-query or multi-query attention with rotary positions on queries and keys.</summary>
    /// <param name="Heads">Query heads.</param>
    /// <param name="KeyValueHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
    /// <param name="HeadSize">Width of a head.</param>
    /// <param name="QueryKeyNorm">RMS norm of queries and keys before rotation.</param>
    /// <param name="QueryKeyValueBias">q, k and v add a bias.</param>
    /// <param name="OutputBias">The output projection adds a bias.</param>
    /// <param name="SlidingWindow">Positions a query sees, itself included; null for all.</param>
    public sealed record Grouped(
        int Heads,
        int KeyValueHeads,
        int HeadSize,
        QueryKeyNorm QueryKeyNorm,
        bool QueryKeyValueBias,
        bool OutputBias,
        int? SlidingWindow) : AttentionSpec(Heads);

    /// <summary>Multi-head latent attention (DeepSeek-V2): keys and values are expanded from one small vector a token.</summary>
    /// <param name="Heads">Query, key and value heads.</param>
    /// <param name="QueryRank">Width of the compressed query; null when queries are projected directly.</param>
    /// <param name="KeyValueRank">Width of the compressed key and value.</param>
    /// <param name="NopeSize">Part of a key's width without positions.</param>
    /// <param name="RopeSize">Part with rotary positions, one such vector shared by all heads.</param>
    /// <param name="ValueSize">Width of a value head.</param>
    /// <remarks>Source: DeepSeek-V2, arXiv 2405.04434, section 2.1.</remarks>
    public sealed record Latent(
        int Heads,
        int? QueryRank,
        int KeyValueRank,
        int NopeSize,
        int RopeSize,
        int ValueSize) : AttentionSpec(Heads);
}
