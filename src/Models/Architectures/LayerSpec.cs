namespace ModelPack.Models.Architectures;

/// <summary>One transformer block.</summary>
/// <param name="Attention">Its attention.</param>
/// <param name="FeedForward">Its feed-forward network.</param>
public sealed record LayerSpec(AttentionSpec Attention, FeedForwardSpec FeedForward);
