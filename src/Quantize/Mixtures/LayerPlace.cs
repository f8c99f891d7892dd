namespace ModelPack.Quantize.Mixtures;

/// <summary>Where a tensor stands among its like, as mixtures count: the first and last layers get more bits.</summary>
/// <param name="Index">Number of the layer, or how many tensors of the category came before in visiting order.</param>
/// <param name="Count">Number of layers, or of tensors of the category.</param>
internal readonly record struct LayerPlace(int Index, int Count)
{
    /// <summary>The first eighth, the last eighth, and every third between.</summary>
    public bool DeservesMoreBits => IsInFirst(8) || Index >= 7 * Count / 8 || (Index - (Count / 8)) % 3 == 2;

    /// <summary>Whether it is in the first n-th of all, rounded down.</summary>
    public bool IsInFirst(int n) => Index < Count / n;
}
