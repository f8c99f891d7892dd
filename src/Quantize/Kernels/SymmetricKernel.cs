using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Encodes Q4_0 and Q5_0. Without importance the weight of greatest magnitude becomes code 0; with it the scale is searched.
/// </summary>
/// <remarks>Source: quantize_row_q4_0_ref and quantize_row_q4_0_impl of ggml v0.5.0, and their like for Q5_0.</remarks>
internal static unsafe class SymmetricKernel<TBlock>
    where TBlock : unmanaged, ISymmetricBlock<TBlock>
{
    public static KernelVariants<TBlock> Variants { get; } =
        new(Scalar, Vector<Lanes128>, Vector<Lanes256>, Vector<Lanes512>);

    private static void Scalar(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
    {
        Span<byte> codes = stackalloc byte[32];
        Span<float> counts = stackalloc float[32];
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 32, 32);
            int column = i * 32 % columns;
            float scale;
            if (importance.IsEmpty)
            {
                scale = ScaleSearch.SignedPeak(x) / -TBlock.Range;
                float inverse = scale != 0 ? 1 / scale : 0;
                for (int j = 0; j < 32; j++)
                {
                    int code = (sbyte)Rounding.Truncate((x[j] * inverse) + (TBlock.Range + 0.5f));
                    codes[j] = (byte)Math.Min((2 * TBlock.Range) - 1, code);
                }
            }
            else
            {
                float variance = SquareSums.Of(weights.Slice((i * 32) - column, columns)) / columns;
                for (int j = 0; j < 32; j++)
                {
                    counts[j] = importance[column + j] * MathF.Sqrt(variance + (x[j] * x[j]));
                }

                scale = ScaleSearch.Scalar(x, counts, TBlock.Range, codes);
            }

            blocks[i] = TBlock.Pack(Rounding.ToHalf(scale), Vector128.Create(codes), Vector128.Create(codes[16..]));
        }
    }

    private static void Vector<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        if (importance.IsEmpty)
        {
            Plain<TLanes>(weights, blocks);
        }
        else
        {
            Weighted<TLanes>(weights, columns, importance, blocks);
        }
    }

    private static void Plain<TLanes>(ReadOnlySpan<float> weights, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes half = TLanes.Create(TBlock.Range + 0.5f);
        TLanes top = TLanes.Create((2 * TBlock.Range) - 1);
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 32, 32);
            TLanes low = TLanes.Load(in x[0]);
            TLanes high = TLanes.Load(in x[16]);
            float peak = TLanes.Peak(TLanes.Max(TLanes.Abs(low), TLanes.Abs(high)));
            if (peak != 0)
            {
                TLanes peaks = TLanes.Create(peak);
                uint first = TLanes.Bits(TLanes.EqualTo(TLanes.Abs(low), peaks))
                    | (TLanes.Bits(TLanes.EqualTo(TLanes.Abs(high), peaks)) << 16);
                peak = x[BitOperations.TrailingZeroCount(first)];
            }

            float scale = peak / -TBlock.Range;
            float inverse = scale != 0 ? 1 / scale : 0;
            if (float.IsInfinity(inverse))
            {
                // A scale of a few denormal bits: what overflows converts to 0.
                blocks[i] = TBlock.Pack(Rounding.ToHalf(scale), default, default);
                continue;
            }

            TLanes inverses = TLanes.Create(inverse);
            blocks[i] = TBlock.Pack(
                Rounding.ToHalf(scale),
                TLanes.ToBytes(TLanes.Min((low * inverses) + half, top)),
                TLanes.ToBytes(TLanes.Min((high * inverses) + half, top)));
        }
    }

    [SkipLocalsInit]
    private static void Weighted<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        byte* memory = stackalloc byte[LaneRows.Bytes(2 * 32)];
        LaneRows x = new(memory);
        LaneRows w = x.From(32);
        Span<float> scales = stackalloc float[16];
        Span<float> inverses = stackalloc float[16];
        RowWeighting rows = new(weights, columns, importance);
        for (int i = 0; i < blocks.Length; i += 16)
        {
            x.Transpose(weights[(i * 32)..], 32);
            rows.Fill<TLanes>(i, x, w);
            ScaleSearch.Search(x, w, 32, TBlock.Range, out TLanes inverse).Store(ref scales[0]);
            inverse.Store(ref inverses[0]);
            for (int lane = 0; lane < Math.Min(16, blocks.Length - i); lane++)
            {
                ReadOnlySpan<float> block = weights.Slice((i + lane) * 32, 32);
                blocks[i + lane] = TBlock.Pack(
                    Rounding.ToHalf(scales[lane]),
                    TLanes.ToBytes(ScaleSearch.Codes(TLanes.Load(in block[0]), inverses[lane], TBlock.Range)),
                    TLanes.ToBytes(ScaleSearch.Codes(TLanes.Load(in block[16]), inverses[lane], TBlock.Range)));
            }
        }
    }
}
