using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>
/// Sixteen floats side by side. A search is written once over it and compiled for each register width; a lane does what the
/// scalar code does, in its order, so the bytes are the same.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
/// <remarks>Nothing is fused or reassociated. A mask has all bits of a lane set, or none.</remarks>
internal unsafe interface IWide<TSelf>
    where TSelf : unmanaged, IWide<TSelf>
{
    static abstract TSelf Create(float value);

    /// <summary>Reads 16 floats.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes 16 floats.</summary>
    void Store(float* target);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The greater; which one is unspecified for two zeros or a NaN.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller; which one is unspecified for two zeros or a NaN.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>Mask of left &gt; right; false for a NaN.</summary>
    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    /// <summary>Mask of left &lt; right; false for a NaN.</summary>
    static abstract TSelf LessThan(TSelf left, TSelf right);

    /// <summary>Mask of left = right; false for a NaN.</summary>
    static abstract TSelf EqualTo(TSelf left, TSelf right);

    /// <summary>Bits of the left that the right does not have.</summary>
    static abstract TSelf Except(TSelf left, TSelf right);

    /// <summary>Lane by lane, <paramref name="yes"/> where the mask is set.</summary>
    static abstract TSelf Select(TSelf mask, TSelf yes, TSelf no);

    /// <summary>Whether a mask is set in any lane.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>Whether a mask is set in every lane.</summary>
    static abstract bool All(TSelf mask);

    /// <summary><see cref="NearestInt.Of"/>, as floats.</summary>
    static abstract TSelf Nearest(TSelf value);

    /// <summary>The low 8 bits of whole numbers below 2³¹, as floats.</summary>
    static abstract TSelf LowByte(TSelf value);

    /// <summary>Whole numbers from 0 to 255 as bytes.</summary>
    static abstract Vector128<byte> ToBytes(TSelf value);
}
