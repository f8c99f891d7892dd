using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Encodes Q6_K: a scale searched for each run of 16 weights, the scales rounded to bytes under the greatest of them, then the
/// weights rounded again with the scales as stored.
/// </summary>
/// <remarks>Source: quantize_row_q6_K_ref and quantize_row_q6_K_impl of ggml v0.5.0.</remarks>
internal static unsafe class Q6_KKernel
{
    private const int Range = Q6_KBlock.Range;

    public static KernelVariants<Q6_KBlock> Variants { get; } =
        new(Scalar, Vector<Lanes128>, Vector<Lanes256>, Vector<Lanes512>);

    private static void Scalar(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q6_KBlock> blocks)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<float> scales = stackalloc float[16];
        Span<float> squares = stackalloc float[16];
        for (int i = 0; i < blocks.Length; i++)
        {
            int column = i * 256 % columns;
            for (int run = 0; run < 16; run++)
            {
                ReadOnlySpan<float> x = weights.Slice((i * 256) + (run * 16), 16);
                for (int l = 0; l < 16; l++)
                {
                    squares[l] = x[l] * x[l];
                }

                ReadOnlySpan<float> w = importance.IsEmpty ? squares : importance.Slice(column + (run * 16), 16);
                scales[run] = ScaleSearch.Scalar(x, w, Range, codes.Slice(run * 16, 16));
            }

            if (!StoreScales(ref blocks[i], scales))
            {
                continue;
            }

            for (int j = 0; j < 256; j++)
            {
                float scale = (float)blocks[i].Scale * blocks[i].Scales[j / 16];
                if (scale != 0)
                {
                    codes[j] = (byte)(Rounding.Nearest(weights[(i * 256) + j] / scale, -Range, Range - 1) + Range);
                }
            }

            blocks[i].Pack(codes);
        }
    }

    [SkipLocalsInit]
    private static void Vector<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q6_KBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        byte* memory = stackalloc byte[LaneRows.Bytes(2 * 16)];
        LaneRows x = new(memory);
        LaneRows w = x.From(16);
        Span<byte> codes = stackalloc byte[256];
        Span<float> scales = stackalloc float[16];
        Span<float> inverses = stackalloc float[16];
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> block = weights.Slice(i * 256, 256);
            x.Transpose(block, 16);
            if (importance.IsEmpty)
            {
                for (int l = 0; l < 16; l++)
                {
                    TLanes value = x.Load<TLanes>(l);
                    w.Store(l, value * value);
                }
            }
            else
            {
                w.Transpose(importance.Slice(i * 256 % columns, 256), 16);
            }

            ScaleSearch.Search(x, w, 16, Range, out TLanes inverse).Store(ref scales[0]);
            inverse.Store(ref inverses[0]);
            if (!StoreScales(ref blocks[i], scales))
            {
                continue;
            }

            TLanes range = TLanes.Create(Range);
            for (int run = 0; run < 16; run++)
            {
                TLanes values = TLanes.Load(in block[run * 16]);
                float scale = (float)blocks[i].Scale * blocks[i].Scales[run];
                TLanes rounded = scale == 0
                    ? ScaleSearch.Codes(values, inverses[run], Range)
                    : ScaleSearch.Clamp(TLanes.Nearest(values / TLanes.Create(scale)), Range) + range;
                TLanes.ToBytes(rounded).CopyTo(codes[(run * 16)..]);
            }

            blocks[i].Pack(codes);
        }
    }

    /// <summary>Stores the scales relative to the one of greatest magnitude; false, and the block zero, when none counts.</summary>
    private static bool StoreScales(ref Q6_KBlock block, ReadOnlySpan<float> scales)
    {
        float peak = ScaleSearch.SignedPeak(scales);
        if (MathF.Abs(peak) < ScaleSearch.Negligible)
        {
            block = default;
            return false;
        }

        float inverse = -128 / peak;
        block.Scale = Rounding.ToHalf(1 / inverse);
        for (int run = 0; run < 16; run++)
        {
            block.Scales[run] = (sbyte)Math.Min(127, Rounding.Nearest(inverse * scales[run]));
        }

        return true;
    }
}
