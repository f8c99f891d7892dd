using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Encodes Q4_1 and Q5_1. Without importance the codes span the block from its least to its greatest weight; with it scale and
/// minimum are searched.
/// </summary>
/// <remarks>Source: quantize_row_q4_1_ref and quantize_row_q4_1_impl of ggml v0.5.0, and their like for Q5_1.</remarks>
internal static unsafe class AffineKernel<TBlock>
    where TBlock : unmanaged, IAffineBlock<TBlock>
{
    public static KernelVariants<TBlock> Variants { get; } =
        new(Scalar, Vector<Lanes128>, Vector<Lanes256>, Vector<Lanes512>);

    private static AffineSearch Search => new(Weights: 32, TBlock.Top, First: -0.9f, Step: 0.05f, LastStep: 36);

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
            float min;
            if (importance.IsEmpty)
            {
                (min, float max) = (x[0], x[0]);
                foreach (float weight in x)
                {
                    min = weight < min ? weight : min;
                    max = weight > max ? weight : max;
                }

                scale = (max - min) / TBlock.Top;
                float inverse = scale != 0 ? 1 / scale : 0;
                for (int j = 0; j < 32; j++)
                {
                    int code = (sbyte)Rounding.Truncate(((x[j] - min) * inverse) + 0.5f);
                    codes[j] = (byte)Math.Min(TBlock.Top, code);
                }
            }
            else
            {
                float variance = SquareSums.Of(weights.Slice((i * 32) - column, columns)) / columns;
                for (int j = 0; j < 32; j++)
                {
                    counts[j] = importance[column + j] * MathF.Sqrt(variance + (x[j] * x[j]));
                }

                (scale, float minimum) = AffineFit.Scalar(Search, x, counts, codes);
                min = -minimum;
            }

            blocks[i] = TBlock.Pack(
                Rounding.ToHalf(scale), Rounding.ToHalf(min), Vector128.Create(codes), Vector128.Create(codes[16..]));
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
        TLanes half = TLanes.Create(0.5f);
        TLanes top = TLanes.Create(TBlock.Top);
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 32, 32);
            TLanes low = TLanes.Load(in x[0]);
            TLanes high = TLanes.Load(in x[16]);
            float max = TLanes.Peak(TLanes.Max(low, high));
            float min = TLanes.Trough(TLanes.Min(low, high));
            if (min == 0)
            {
                // The sign of a zero minimum is stored, and the first zero's counts.
                TLanes zero = TLanes.Create(0);
                uint first = TLanes.Bits(TLanes.EqualTo(low, zero)) | (TLanes.Bits(TLanes.EqualTo(high, zero)) << 16);
                min = x[BitOperations.TrailingZeroCount(first)];
            }

            float scale = (max == min ? 0 : max - min) / TBlock.Top;
            float inverse = scale != 0 ? 1 / scale : 0;
            if (inverse == 0 || float.IsInfinity(inverse))
            {
                // No spread, or one that overflows: what overflows converts to 0.
                blocks[i] = TBlock.Pack(Rounding.ToHalf(scale), Rounding.ToHalf(min), default, default);
                continue;
            }

            TLanes inverses = TLanes.Create(inverse);
            TLanes mins = TLanes.Create(min);
            blocks[i] = TBlock.Pack(
                Rounding.ToHalf(scale),
                Rounding.ToHalf(min),
                TLanes.ToBytes(TLanes.Min(((low - mins) * inverses) + half, top)),
                TLanes.ToBytes(TLanes.Min(((high - mins) * inverses) + half, top)));
        }
    }

    [SkipLocalsInit]
    private static void Weighted<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        byte* memory = stackalloc byte[LaneRows.Bytes(AffineLanes.Rows)];
        LaneRows x = new(memory);
        LaneRows w = x.From(AffineLanes.ImportanceRow);
        Span<float> found = stackalloc float[4 * 16];
        RowWeighting rows = new(weights, columns, importance);
        for (int i = 0; i < blocks.Length; i += 16)
        {
            x.Transpose(weights[(i * 32)..], 32);
            rows.Fill<TLanes>(i, x, w);
            AffineLanes<TLanes> result = AffineLanes.Fit<TLanes>(Search, x);
            result.Scale.Store(ref found[0]);
            result.Min.Store(ref found[16]);
            result.LevelInverse.Store(ref found[32]);
            result.LevelMin.Store(ref found[48]);
            for (int lane = 0; lane < Math.Min(16, blocks.Length - i); lane++)
            {
                ReadOnlySpan<float> block = weights.Slice((i + lane) * 32, 32);
                TLanes inverse = TLanes.Create(found[32 + lane]);
                TLanes min = TLanes.Create(found[48 + lane]);
                blocks[i + lane] = TBlock.Pack(
                    Rounding.ToHalf(found[lane]),
                    Rounding.ToHalf(found[16 + lane]),
                    TLanes.ToBytes(AffineLanes.Level(inverse * (TLanes.Load(in block[0]) - min), TBlock.Top)),
                    TLanes.ToBytes(AffineLanes.Level(inverse * (TLanes.Load(in block[16]) - min), TBlock.Top)));
            }
        }
    }
}
