namespace ModelPack.Quantize.Calibration;

/// <summary>How many tokens each routed expert of a layer saw.</summary>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Tokens">By expert.</param>
public sealed record ExpertTokens(int Layer, IReadOnlyList<long> Tokens)
{
    /// <summary>Experts that saw fewer tokens than this.</summary>
    public int Below(long tokens) => Tokens.Count(t => t < tokens);
}
