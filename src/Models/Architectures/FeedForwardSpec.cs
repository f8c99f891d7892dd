namespace ModelPack.Models.Architectures;

/// <summary>A layer's feed-forward network, down(silu(gate(x)) * up(x)); a closed choice.</summary>
public abstract record FeedForwardSpec
{
    private FeedForwardSpec()
    {
    }

    /// <summary>One network for every token.</summary>
    /// <param name="Size">Inner width.</param>
    /// <param name="Bias">gate, up and down add biases.</param>
    public sealed record Dense(int Size, bool Bias = false) : FeedForwardSpec;

    /// <summary>A router sends each token to a few of many networks.</summary>
    /// <param name="Count">Routed experts.</param>
    /// <param name="Active">Experts a token is sent to.</param>
    /// <param name="Size">Inner width of one routed expert.</param>
    /// <param name="SharedCount">Shared experts, which see every token; stored as one network.</param>
    /// <param name="SharedSize">Inner width of all shared experts together; 0 for none.</param>
    /// <param name="Router">How experts are chosen and weighted.</param>
    public sealed record Experts(
        int Count,
        int Active,
        int Size,
        int SharedCount,
        int SharedSize,
        RouterSpec Router) : FeedForwardSpec;
}
