using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Encodes Q3_K: a scale for each run of 16 weights, the scales rounded to 6 bits under a common one, then the weights rounded again
/// with the scales as stored. Without importance run scales come by <see cref="ScaleDescent"/> and the common scale from the greatest;
/// with it both levels are <see cref="ScaleSearch"/>.
/// </summary>
/// <remarks>Source: quantize_row_q3_K_ref and quantize_row_q3_K_impl of ggml v0.5.0.</remarks>
internal static unsafe class Q3_KKernel
{
    private const int Range = Q3_KBlock.Range;
    private const int ScaleRange = Q3_KBlock.ScaleRange;

    public static KernelVariants<Q3_KBlock> Variants { get; } =
        new(Scalar, Vector<Lanes128>, Vector<Lanes256>, Vector<Lanes512>);

    private static void Scalar(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q3_KBlock> blocks)
    {
        Span<byte> codes = stackalloc byte[256];
        Span<byte> scaleCodes = stackalloc byte[16];
        Span<float> scales = stackalloc float[16];
        Span<float> counts = stackalloc float[16];
        Span<float> sums = stackalloc float[16];
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> block = weights.Slice(i * 256, 256);
            int column = i * 256 % columns;
            float variance = 2 * SquareSums.Of(block) / 256;
            for (int run = 0; run < 16; run++)
            {
                ReadOnlySpan<float> x = block.Slice(run * 16, 16);
                if (importance.IsEmpty)
                {
                    scales[run] = ScaleDescent.Scalar(x, Range, codes.Slice(run * 16, 16));
                    continue;
                }

                sums[run] = 0;
                for (int l = 0; l < 16; l++)
                {
                    counts[l] = importance[column + (run * 16) + l] * MathF.Sqrt(variance + (x[l] * x[l]));
                    sums[run] += counts[l];
                }

                scales[run] = ScaleSearch.Scalar(x, counts, Range, codes.Slice(run * 16, 16));
            }

            float scale = importance.IsEmpty
                ? RoundScales(scales, scaleCodes)
                : ScaleSearch.Scalar(scales, sums, ScaleRange, scaleCodes);
            blocks[i].Scale = Rounding.ToHalf(scale);
            blocks[i].PackScales(scaleCodes);
            for (int j = 0; j < 256; j++)
            {
                float runScale = (float)blocks[i].Scale * (scaleCodes[j / 16] - ScaleRange);
                if (runScale != 0)
                {
                    codes[j] = (byte)(Rounding.Nearest(block[j] / runScale, -Range, Range - 1) + Range);
                }
            }

            blocks[i].Pack(codes);
        }
    }

    private static void Vector<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q3_KBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        if (importance.IsEmpty)
        {
            Plain<TLanes>(weights, blocks);
            return;
        }

        for (int i = 0; i < blocks.Length; i += 16)
        {
            int count = Math.Min(16, blocks.Length - i);
            Weighted<TLanes>(
                weights.Slice(i * 256, count * 256), i * 256 % columns, columns, importance, blocks.Slice(i, count));
        }
    }

    [SkipLocalsInit]
    private static void Plain<TLanes>(ReadOnlySpan<float> weights, Span<Q3_KBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        byte* memory = stackalloc byte[LaneRows.Bytes(4 * 16)];
        LaneRows x0 = new(memory);
        LaneRows x1 = x0.From(16);
        LaneRows codes0 = x0.From(32);
        LaneRows codes1 = x0.From(48);
        Span<float> scales = stackalloc float[32];
        for (int i = 0; i < blocks.Length; i += 2)
        {
            int next = Math.Min(i + 1, blocks.Length - 1);
            x0.Transpose(weights.Slice(i * 256, 256), 16);
            x1.Transpose(weights.Slice(next * 256, 256), 16);
            ScaleDescent.Search<TLanes>(x0, x1, 16, Range, codes0, codes1, out TLanes first, out TLanes second);
            first.Store(ref scales[0]);
            second.Store(ref scales[16]);
            Finish<TLanes>(weights.Slice(i * 256, 256), scales[..16], codes0, out blocks[i]);
            Finish<TLanes>(weights.Slice(next * 256, 256), scales[16..], codes1, out blocks[next]);
        }
    }

    private static void Finish<TLanes>(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> scales, LaneRows found, out Q3_KBlock block)
        where TLanes : struct, ILanes<TLanes>
    {
        Span<byte> scaleCodes = stackalloc byte[16];
        Span<byte> codes = stackalloc byte[256];
        block = new() { Scale = Rounding.ToHalf(RoundScales(scales, scaleCodes)) };
        for (int run = 0; run < 16; run++)
        {
            float scale = (float)block.Scale * (scaleCodes[run] - ScaleRange);
            if (scale != 0)
            {
                Round(TLanes.Load(in weights[run * 16]), scale, codes.Slice(run * 16, 16));
                continue;
            }

            for (int l = 0; l < 16; l++)
            {
                codes[(run * 16) + l] = (byte)found[l, run];
            }
        }

        block.PackScales(scaleCodes);
        block.Pack(codes);
    }

    /// <summary>Encodes up to 16 blocks, so that their common scales can be searched side by side too.</summary>
    [SkipLocalsInit]
    private static void Weighted<TLanes>(
        ReadOnlySpan<float> weights, int column, int columns, ReadOnlySpan<float> importance, Span<Q3_KBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        byte* memory = stackalloc byte[LaneRows.Bytes(2 * 16)];
        LaneRows x = new(memory);
        LaneRows w = x.From(16);
        Span<float> squares = stackalloc float[16];
        Span<float> common = stackalloc float[16];
        Span<float> commonInverses = stackalloc float[16];
        Span<float> scales = stackalloc float[256];
        Span<float> inverses = stackalloc float[256];
        Span<float> sums = stackalloc float[256];
        SquareSums.OfRuns(weights, 256, squares[..blocks.Length]);
        for (int i = 0; i < blocks.Length; i++)
        {
            x.Transpose(weights.Slice(i * 256, 256), 16);
            w.Transpose(importance.Slice((column + (i * 256)) % columns, 256), 16);
            TLanes variance = TLanes.Create(2 * squares[i] / 256);
            TLanes sum = TLanes.Create(0);
            for (int l = 0; l < 16; l++)
            {
                TLanes value = x.Load<TLanes>(l);
                TLanes count = w.Load<TLanes>(l) * TLanes.Sqrt(variance + (value * value));
                w.Store(l, count);
                sum += count;
            }

            ScaleSearch.Search(x, w, 16, Range, out TLanes inverse).Store(ref scales[i * 16]);
            inverse.Store(ref inverses[i * 16]);
            sum.Store(ref sums[i * 16]);
        }

        x.Transpose(scales[..(blocks.Length * 16)], 16);
        w.Transpose(sums[..(blocks.Length * 16)], 16);
        ScaleSearch.Search(x, w, 16, ScaleRange, out TLanes commonInverse).Store(ref common[0]);
        commonInverse.Store(ref commonInverses[0]);
        Span<byte> scaleCodes = stackalloc byte[16];
        Span<byte> codes = stackalloc byte[256];
        for (int i = 0; i < blocks.Length; i++)
        {
            TLanes runScales = TLanes.Load(in scales[i * 16]);
            float scale = common[i];
            if (TLanes.Bits(TLanes.EqualTo(runScales - runScales, TLanes.Create(0))) == 0xFFFF)
            {
                TLanes.ToBytes(ScaleSearch.Codes(runScales, commonInverses[i], ScaleRange)).CopyTo(scaleCodes);
            }
            else
            {
                // An importance so great that its sums overflowed.
                scale = ScaleSearch.Scalar(scales.Slice(i * 16, 16), sums.Slice(i * 16, 16), ScaleRange, scaleCodes);
            }

            blocks[i].Scale = Rounding.ToHalf(scale);
            for (int run = 0; run < 16; run++)
            {
                TLanes values = TLanes.Load(in weights[(i * 256) + (run * 16)]);
                float runScale = (float)blocks[i].Scale * (scaleCodes[run] - ScaleRange);
                if (runScale != 0)
                {
                    Round(values, runScale, codes.Slice(run * 16, 16));
                }
                else
                {
                    TLanes.ToBytes(ScaleSearch.Codes(values, inverses[(i * 16) + run], Range)).CopyTo(codes[(run * 16)..]);
                }
            }

            blocks[i].PackScales(scaleCodes);
            blocks[i].Pack(codes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<TLanes>(TLanes values, float scale, Span<byte> codes)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.ToBytes(ScaleSearch.Clamp(TLanes.Nearest(values / TLanes.Create(scale)), Range) + TLanes.Create(Range)).CopyTo(codes);

    /// <summary>Scale codes relative to the scale of greatest magnitude, which becomes −32; all 0 when every scale is.</summary>
    /// <returns>The common scale.</returns>
    private static float RoundScales(ReadOnlySpan<float> scales, Span<byte> codes)
    {
        float peak = ScaleSearch.SignedPeak(scales);
        if (peak == 0)
        {
            codes.Clear();
            return 0;
        }

        float inverse = -ScaleRange / peak;
        for (int run = 0; run < 16; run++)
        {
            int code = (sbyte)Rounding.Nearest(inverse * scales[run]);
            codes[run] = (byte)(Math.Clamp(code, -ScaleRange, ScaleRange - 1) + ScaleRange);
        }

        return 1 / inverse;
    }
}
