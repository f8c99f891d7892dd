using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>Encodes Q8_0: the greatest magnitude becomes ±127; importance is not used.</summary>
/// <remarks>Source: quantize_row_q8_0_ref of ggml v0.5.0.</remarks>
internal static class Q8_0Kernel
{
    public static KernelVariants<Q8_0Block> Variants { get; } =
        new(Scalar, Vector<Lanes128>, Vector<Lanes256>, Vector<Lanes512>);

    private static void Scalar(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q8_0Block> blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 32, 32);
            float scale = MathF.Abs(ScaleSearch.SignedPeak(x)) / 127;
            float inverse = scale != 0 ? 1 / scale : 0;
            blocks[i].Scale = Rounding.ToHalf(scale);
            for (int j = 0; j < 32; j++)
            {
                blocks[i].Quants[j] = (sbyte)Rounding.Truncate(MathF.Round(x[j] * inverse, MidpointRounding.AwayFromZero));
            }
        }
    }

    private static void Vector<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q8_0Block> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 32, 32);
            TLanes low = TLanes.Load(in x[0]);
            TLanes high = TLanes.Load(in x[16]);
            float scale = TLanes.Peak(TLanes.Max(TLanes.Abs(low), TLanes.Abs(high))) / 127;
            float inverse = scale != 0 ? 1 / scale : 0;
            blocks[i].Scale = Rounding.ToHalf(scale);
            if (float.IsInfinity(inverse))
            {
                // A scale of a few denormal bits: what overflows converts to 0.
                blocks[i].Quants = default;
                continue;
            }

            ref byte quants = ref Unsafe.As<Q8_0Block.Quants32, byte>(ref blocks[i].Quants);
            TLanes inverses = TLanes.Create(inverse);
            Rounded(low * inverses).StoreUnsafe(ref quants);
            Rounded(high * inverses).StoreUnsafe(ref quants, 16);
        }
    }

    /// <summary>Half away from zero: the float just below ½ is added, so that what is just below a half does not round up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Rounded<TLanes>(TLanes value)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.ToBytes(value + ((value & TLanes.Create(-0f)) | TLanes.Create(0.49999997f)));
}
