using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Blocks;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Encodes sixteen super-blocks at a time with one sub-block a lane, and their codes with one super-block a lane.</summary>
internal static unsafe class KLanesEncoder<TBlock, TWide>
    where TBlock : unmanaged, IKBlock<TBlock>
    where TWide : unmanaged, IWide<TWide>
{
    /// <summary>Super-blocks worked on together: a lane each, and their weights stay in the nearest cache.</summary>
    private const int Batch = 16;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
    {
        fixed (float* x = weights)
        fixed (float* costs = importance)
        {
            for (int first = 0; first < blocks.Length; first += Batch)
            {
                Span<TBlock> some = blocks.Slice(first, Math.Min(Batch, blocks.Length - first));
                if (importance.IsEmpty)
                {
                    EncodePlain(x + (first * 256L), some);
                }
                else
                {
                    EncodeWeighted(x + (first * 256L), costs, first * 256L % columns, columns, some);
                }
            }
        }
    }

    [SkipLocalsInit]
    private static void EncodePlain(float* x, Span<TBlock> blocks)
    {
        AffineSearch search = TBlock.Plain;
        int perBlock = 256 / search.Weights;
        byte* memory = stackalloc byte[sizeof(KLanesBuffers) + 63];
        ref KLanesBuffers buffers = ref KLanesBuffers.At(memory);
        int runs = blocks.Length * perBlock;
        for (int run = 0; run < runs; run += 16)
        {
            Transposed.Fill(x + (run * search.Weights), Math.Min(16, runs - run), search.Weights, buffers.X);
            WeighPlain(search.Weights, buffers.X, buffers.Importance);
            buffers.Keep(run, AffineLanes.Fit<TWide>(search, buffers.X));
        }

        for (int i = 0; i < blocks.Length; i++)
        {
            KCodes.Plain(
                ref blocks[i],
                new ReadOnlySpan<float>(buffers.Scales + (i * perBlock), perBlock),
                new ReadOnlySpan<float>(buffers.Minimums + (i * perBlock), perBlock));
        }

        RoundToScales(x, ref buffers, blocks);
    }

    [SkipLocalsInit]
    private static void EncodeWeighted(float* x, float* importance, long column, int columns, Span<TBlock> blocks)
    {
        AffineSearch search = TBlock.Weighted;
        int perBlock = 256 / search.Weights;
        byte* memory = stackalloc byte[sizeof(KLanesBuffers) + 63];
        ref KLanesBuffers buffers = ref KLanesBuffers.At(memory);
        float* costs = stackalloc float[Batch * 256];
        Span<float> meanSquares = stackalloc float[Batch];
        SumOfSquares.Fill(x, meanSquares[..blocks.Length]);
        for (int i = 0; i < blocks.Length; i++)
        {
            TWide meanSquare = TWide.Create(TBlock.MeanSquareFactor * meanSquares[i] / 256);
            Weigh(meanSquare, x + (i * 256), importance + ((column + (i * 256)) % columns), costs + (i * 256));
        }

        int runs = blocks.Length * perBlock;
        for (int run = 0; run < runs; run += 16)
        {
            int live = Math.Min(16, runs - run);
            Transposed.Fill(x + (run * search.Weights), live, search.Weights, buffers.X);
            Transposed.Fill(costs + (run * search.Weights), live, search.Weights, buffers.Importance);
            buffers.Keep(run, AffineLanes.Fit<TWide>(search, buffers.X));
            Total(search.Weights, buffers.Importance).Store(buffers.Totals + run);
        }

        EncodeScales(perBlock, ref buffers, blocks);
        RoundToScales(x, ref buffers, blocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeighPlain(int length, float* x, float* importance)
    {
        TWide floor = TWide.Create(0);
        if (TBlock.AddsRootMeanSquare)
        {
            for (int l = 0; l < length; l++)
            {
                TWide value = TWide.Load(x + (l * 16));
                floor += value * value;
            }

            floor = TWide.Sqrt(floor / TWide.Create(length));
        }

        for (int l = 0; l < length; l++)
        {
            (floor + TWide.Abs(TWide.Load(x + (l * 16)))).Store(importance + (l * 16));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(TWide meanSquare, float* x, float* importance, float* costs)
    {
        for (int l = 0; l < 256; l += 16)
        {
            TWide value = TWide.Load(x + l);
            (TWide.Load(importance + l) * TWide.Sqrt(meanSquare + (value * value))).Store(costs + l);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TWide Total(int length, float* importance)
    {
        TWide total = TWide.Create(0);
        for (int l = 0; l < length; l++)
        {
            total += TWide.Load(importance + (l * 16));
        }

        return total;
    }

    private static void EncodeScales(int perBlock, ref KLanesBuffers buffers, Span<TBlock> blocks)
    {
        // The search is over; its rows have room for those of the codes.
        float* scales = buffers.X;
        float* minimums = scales + 256;
        float* totals = buffers.Importance;
        float* scaleLevels = buffers.Room;
        float* minimumLevels = scaleLevels + 256;
        Transposed.Fill(buffers.Scales, 16, perBlock, scales);
        Transposed.Fill(buffers.Minimums, 16, perBlock, minimums);
        Transposed.Fill(buffers.Totals, 16, perBlock, totals);
        float* scale = totals + 256;
        float* minimum = scale + 16;
        PositiveLanes.Fit<TWide>(TBlock.TopCode, perBlock, scales, totals, scaleLevels).Store(scale);
        PositiveLanes.Fit<TWide>(TBlock.TopCode, perBlock, minimums, totals, minimumLevels).Store(minimum);
        Span<byte> scaleCodes = stackalloc byte[perBlock];
        Span<byte> minimumCodes = stackalloc byte[perBlock];
        for (int i = 0; i < blocks.Length; i++)
        {
            for (int j = 0; j < perBlock; j++)
            {
                scaleCodes[j] = (byte)scaleLevels[(j * 16) + i];
                minimumCodes[j] = (byte)minimumLevels[(j * 16) + i];
            }

            blocks[i].SetScales(scale[i], minimum[i], scaleCodes, minimumCodes);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RoundToScales(float* x, ref KLanesBuffers buffers, Span<TBlock> blocks)
    {
        AffineSearch search = TBlock.Plain;
        TWide zero = TWide.Create(0);
        TWide top = TWide.Create(search.Top);
        byte* levels = stackalloc byte[256];
        int perBlock = 256 / search.Weights;
        for (int i = 0; i < blocks.Length; i++, x += 256)
        {
            for (int j = 0; j < perBlock; j++)
            {
                (float scale, float minimum) = blocks[i].ScalesOf(j);
                int start = j * search.Weights;
                int end = start + search.Weights;
                if (scale == 0)
                {
                    (float inverse, float min) = buffers.LevelsOf((i * perBlock) + j);
                    for (int l = start; l < end; l++)
                    {
                        levels[l] = AffineFit.Level(search, inverse * (x[l] - min));
                    }

                    continue;
                }

                TWide scales = TWide.Create(scale);
                TWide minimums = TWide.Create(minimum);
                for (int l = start; l < end; l += 16)
                {
                    TWide level = TWide.Nearest((TWide.Load(x + l) + minimums) / scales);
                    TWide.ToBytes(TWide.Min(TWide.Max(level, zero), top)).Store(levels + l);
                }
            }

            blocks[i].SetLevels(new ReadOnlySpan<byte>(levels, 256));
        }
    }
}
