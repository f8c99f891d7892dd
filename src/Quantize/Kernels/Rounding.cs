using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels;

/// <summary>ggml's ways from float to integer and to half precision, which differ from .NET's for what is out of range.</summary>
internal static class Rounding
{
    /// <summary>1.5 · 2²³: added to a small float it leaves the nearest integer in the mantissa, ties to even.</summary>
    public const float Magic = 12582912f;

    /// <summary>The mantissa's bits.</summary>
    public const int Mantissa = 0x007fffff;

    /// <summary>The mantissa of <see cref="Magic"/>.</summary>
    public const int Middle = 0x00400000;

    /// <summary>2²²: what is smaller in magnitude rounds as numbers do.</summary>
    public const float Limit = 4194304f;

    /// <summary>nearest_int: ties to even; a value beyond ±2²² gives a wrong integer, an infinity −2²², NaN 0, as in ggml.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Nearest(float value) =>
        (BitConverter.SingleToInt32Bits(value + Magic) & Mantissa) - Middle;

    /// <summary><see cref="Nearest(float)"/> kept in [low, high].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Nearest(float value, int low, int high) =>
        Math.Max(low, Math.Min(high, Nearest(value)));

    /// <summary>The integer part as x86 converts it: NaN and what 32 bits cannot hold give <see cref="int.MinValue"/>.</summary>
    public static int Truncate(float value) =>
        value is >= -2147483648f and < 2147483648f ? (int)value : int.MinValue;

    /// <summary>GGML_FP32_TO_FP16: to the nearest, ties to even, infinity from 65520 on; of a NaN only the sign is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Half ToHalf(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint magnitude = bits & 0x7FFFFFFF;
        if (magnitude is < 0x38800000 or >= 0x47800000)
        {
            return ToUncommonHalf(value);
        }

        uint odd = (magnitude >> 13) & 1;
        uint rounded = (magnitude - (112u << 23) + 0x0FFF + odd) >> 13;
        return BitConverter.UInt16BitsToHalf((ushort)(rounded | ((bits >> 16) & 0x8000)));
    }

    /// <summary>Zeros, denormal halves, infinities and NaN; kept apart so that the common path is short enough to inline.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Half ToUncommonHalf(float value) =>
        !float.IsNaN(value) ? (Half)value : BitConverter.UInt16BitsToHalf(float.IsNegative(value) ? (ushort)0xFE00 : (ushort)0x7E00);
}
