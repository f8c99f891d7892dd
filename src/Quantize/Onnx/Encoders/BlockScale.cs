using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>The scale of a block, exactly as it is stored, and the code that stands for zero.</summary>
/// <param name="Scale">May be negative; 0 for a block that is too small for any scale.</param>
/// <param name="Zero">From 0 to the largest code.</param>
internal readonly record struct BlockScale(float Scale, int Zero)
{
    /// <summary>A smaller scale is stored as 0: its inverse would be infinite, or near it.</summary>
    private const float Smallest = 1e-30f;

    /// <summary>Below it halves are denormal: multiples of 2⁻²⁴.</summary>
    private const float SmallestNormalHalf = 6.1035156e-05f;

    private const float LargestHalf = 65504f;


    /// <summary>What weights are multiplied with to get levels; 0 for a scale of 0, so that all levels are.</summary>
    public float Inverse => InverseOf(Scale);

    /// <summary>The scale of a type that is nearest to one.</summary>
    /// <param name="scale">Finite.</param>
    /// <param name="half">Half precision, else single.</param>
    public static float Store(float scale, bool half)
    {
        float magnitude = MathF.Abs(scale);
        if (!half)
        {
            return magnitude < Smallest ? 0 : scale;
        }

        // Dekker's split leaves 11 bits of mantissa, the addition a multiple of 2⁻²⁴: both are exactly halves.
        magnitude = MathF.Min(magnitude, LargestHalf);
        float product = magnitude * 8193f;
        float rounded = magnitude < SmallestNormalHalf ? magnitude + 0.75f - 0.75f : product - (product - magnitude);
        return float.IsNegative(scale) ? -rounded : rounded;
    }

    /// <summary><see cref="Store(float, bool)"/> of 16 scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Store<TLanes>(TLanes scale, bool half)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes magnitude = TLanes.Abs(scale);
        if (!half)
        {
            return TLanes.AndNot(scale, TLanes.GreaterThan(TLanes.Create(Smallest), magnitude));
        }

        magnitude = TLanes.Min(magnitude, TLanes.Create(LargestHalf));
        TLanes product = magnitude * TLanes.Create(8193f);
        TLanes rounded = TLanes.Select(
            TLanes.GreaterThan(TLanes.Create(SmallestNormalHalf), magnitude),
            magnitude + TLanes.Create(0.75f) - TLanes.Create(0.75f),
            product - (product - magnitude));
        return rounded | (scale & TLanes.Create(-0f));
    }

    /// <summary>1 / scale; 0 for 0.</summary>
    public static float InverseOf(float scale) => scale != 0 ? 1 / scale : 0;

    /// <summary><see cref="InverseOf(float)"/> of 16 scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes InverseOf<TLanes>(TLanes scale)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.AndNot(TLanes.Create(1) / scale, TLanes.EqualTo(scale, TLanes.Create(0)));

    /// <summary>The level of a weight, as a float: its code less the zero point.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="inverse"><see cref="Inverse"/>.</param>
    /// <param name="low">The level of code 0.</param>
    /// <param name="high">The level of the largest code.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Level(float weight, float inverse, float low, float high)
    {
        float level = weight * inverse;
        level = MathF.Max(low, MathF.Min(high, level));
        return level + Rounding.Magic - Rounding.Magic;
    }

    /// <summary><see cref="Level(float, float, float, float)"/> of 16 weights or scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Level<TLanes>(TLanes weight, TLanes inverse, TLanes low, TLanes high)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.NearestSmall(TLanes.Max(low, TLanes.Min(high, weight * inverse)));
}
