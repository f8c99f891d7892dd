using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>
/// A super-block of 256 weights whose sub-blocks have a coded scale and a coded minimum each:
/// weight = (scale · code) · level − (minimum · code).
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface IKBlock<TSelf> : IQuantBlock<TSelf>
    where TSelf : unmanaged, IKBlock<TSelf>
{
    /// <summary>Search of a sub-block without importance.</summary>
    static abstract AffineSearch Plain { get; }

    /// <summary>Search of a sub-block with importance.</summary>
    static abstract AffineSearch Weighted { get; }

    /// <summary>Largest code of a sub-block's scale and minimum.</summary>
    static abstract int TopCode { get; }

    /// <summary>Without importance, what a code is cut to; a negative scale's code wraps to a byte before.</summary>
    static abstract byte CodeLimit { get; }

    /// <summary>Without importance a weight counts |x|, and the root of its sub-block's mean square more if this is set.</summary>
    static abstract bool AddsRootMeanSquare { get; }

    /// <summary>With importance q a weight counts q·√(f·mean square of the super-block + x²); this is f.</summary>
    static abstract float MeanSquareFactor { get; }

    /// <summary>Writes scale and minimum of the super-block and the codes of its sub-blocks.</summary>
    void SetScales(float scale, float minimum, ReadOnlySpan<byte> scaleCodes, ReadOnlySpan<byte> minimumCodes);

    /// <summary>Scale and minimum of a sub-block, as a reader computes them.</summary>
    (float Scale, float Minimum) ScalesOf(int subBlock);

    /// <summary>Writes 256 levels, in the order of the weights.</summary>
    void SetLevels(ReadOnlySpan<byte> levels);
}
