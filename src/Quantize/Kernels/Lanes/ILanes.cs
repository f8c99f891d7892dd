using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Lanes;

/// <summary>
/// Sixteen floats side by side, whatever the machine's registers are. An algorithm is written once over it and compiled for each
/// width; every lane does the operations of the scalar code in the scalar code's order, so the bytes are equal by construction.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
/// <remarks>No operation fuses or reassociates. A mask has all bits of a lane set or none.</remarks>
internal interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Reads 16 floats from here on; no alignment is needed.</summary>
    static abstract TSelf Load(ref readonly float source);

    /// <summary>Writes 16 floats from here on.</summary>
    void Store(ref float target);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf value);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    /// <summary>Bits of the left that are not set in the right.</summary>
    static abstract TSelf AndNot(TSelf left, TSelf right);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The greater; which one is unspecified for two zeros or a NaN.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The smaller; which one is unspecified for two zeros or a NaN.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>Mask of the lanes where left &gt; right; a NaN is not.</summary>
    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    /// <summary>Mask of the lanes where left = right; a NaN is not.</summary>
    static abstract TSelf EqualTo(TSelf left, TSelf right);

    /// <summary>Lanes of <paramref name="yes"/> where the mask is set, of <paramref name="no"/> elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf yes, TSelf no);

    /// <summary>One bit a lane of a mask, lane 0 lowest.</summary>
    static abstract uint Bits(TSelf mask);

    /// <summary>Whether a mask is set in any lane.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>Whether a mask is set in every lane.</summary>
    static abstract bool All(TSelf mask);

    /// <summary>The greatest of the 16.</summary>
    static abstract float Peak(TSelf value);

    /// <summary>The smallest of the 16.</summary>
    static abstract float Trough(TSelf value);

    /// <summary><see cref="Rounding.Nearest(float)"/>, whatever the value.</summary>
    static abstract TSelf Nearest(TSelf value);

    /// <summary><see cref="Rounding.Nearest(float)"/> of values within ±2²², at two operations.</summary>
    static abstract TSelf NearestSmall(TSelf value);

    /// <summary>The low 8 bits of whole numbers within 32 bits, as floats.</summary>
    static abstract TSelf LowByte(TSelf value);

    /// <summary>The integer parts, low 8 bits each; unspecified beyond 32 bits.</summary>
    static abstract Vector128<byte> ToBytes(TSelf value);
}
