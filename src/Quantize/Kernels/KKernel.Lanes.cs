using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <content>Sixteen super-blocks at a time: their searches with one sub-block a lane, their codes with one super-block a lane.</content>
internal static unsafe partial class KKernel<TBlock>
{
    /// <summary>Super-blocks worked on together: a lane each, and their weights stay in the nearest cache.</summary>
    private const int Batch = 16;

    private static void Vector<TLanes>(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        for (int first = 0; first < blocks.Length; first += Batch)
        {
            Span<TBlock> batch = blocks.Slice(first, Math.Min(Batch, blocks.Length - first));
            ReadOnlySpan<float> x = weights.Slice(first * 256, batch.Length * 256);
            if (importance.IsEmpty)
            {
                Plain<TLanes>(x, batch);
            }
            else
            {
                Weighted<TLanes>(x, first * 256 % columns, columns, importance, batch);
            }
        }
    }

    [SkipLocalsInit]
    private static void Plain<TLanes>(ReadOnlySpan<float> x, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        AffineSearch search = TBlock.Plain;
        byte* memory = stackalloc byte[LaneRows.Bytes(KScratch.Rows)];
        KScratch scratch = new(new LaneRows(memory));
        int sixteen = 16 * search.Weights;
        for (int row = 0; row * sixteen < x.Length; row++)
        {
            scratch.Search.Transpose(x[(row * sixteen)..], search.Weights);
            Weigh<TLanes>(search.Weights, scratch.Search.First);
            scratch.Keep(row, AffineLanes.Fit<TLanes>(search, scratch.Search));
        }

        int perBlock = 256 / search.Weights;
        for (int i = 0; i < blocks.Length; i++)
        {
            KCodes.Plain(
                ref blocks[i],
                scratch.Scales.Floats(256).Slice(i * perBlock, perBlock),
                scratch.Minimums.Floats(256).Slice(i * perBlock, perBlock));
        }

        RoundToScales<TLanes>(x, scratch, blocks);
    }

    [SkipLocalsInit]
    private static void Weighted<TLanes>(
        ReadOnlySpan<float> x, int column, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        AffineSearch search = TBlock.Weighted;
        byte* memory = stackalloc byte[LaneRows.Bytes(KScratch.Rows)];
        KScratch scratch = new(new LaneRows(memory));
        Span<float> costs = stackalloc float[Batch * 256];
        Span<float> squares = stackalloc float[Batch];
        SquareSums.OfRuns(x, 256, squares[..blocks.Length]);
        for (int i = 0; i < blocks.Length; i++)
        {
            TLanes meanSquare = TLanes.Create(TBlock.MeanSquareFactor * squares[i] / 256);
            ReadOnlySpan<float> block = x.Slice(i * 256, 256);
            Weigh(meanSquare, block, importance.Slice((column + (i * 256)) % columns, 256), costs.Slice(i * 256, 256));
        }

        int sixteen = 16 * search.Weights;
        for (int row = 0; row * sixteen < x.Length; row++)
        {
            LaneRows counts = scratch.Search.From(AffineLanes.ImportanceRow);
            scratch.Search.Transpose(x[(row * sixteen)..], search.Weights);
            counts.Transpose(costs[(row * sixteen)..x.Length], search.Weights);
            scratch.Keep(row, AffineLanes.Fit<TLanes>(search, scratch.Search));
            scratch.Totals.Store(row, Total<TLanes>(search.Weights, counts));
        }

        SearchCodes<TLanes>(256 / search.Weights, scratch, blocks);
        RoundToScales<TLanes>(x, scratch, blocks);
    }

    /// <summary>What the weights in the rows count without importance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh<TLanes>(int length, float* x)
        where TLanes : struct, ILanes<TLanes>
    {
        float* counts = x + (AffineLanes.ImportanceRow * 16);
        TLanes floor = TLanes.Create(0);
        if (TBlock.AddsRootMeanSquare)
        {
            for (int l = 0; l < length; l++)
            {
                TLanes value = TLanes.Load(in x[l * 16]);
                floor += value * value;
            }

            floor = TLanes.Sqrt(floor / TLanes.Create(length));
        }

        for (int l = 0; l < length; l++)
        {
            (floor + TLanes.Abs(TLanes.Load(in x[l * 16]))).Store(ref counts[l * 16]);
        }
    }

    /// <summary>What the weights of a super-block count with importance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh<TLanes>(
        TLanes meanSquare, ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<float> costs)
        where TLanes : struct, ILanes<TLanes>
    {
        for (int l = 0; l < 256; l += 16)
        {
            TLanes value = TLanes.Load(in x[l]);
            (TLanes.Load(in importance[l]) * TLanes.Sqrt(meanSquare + (value * value))).Store(ref costs[l]);
        }
    }

    private static TLanes Total<TLanes>(int length, LaneRows counts)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes total = TLanes.Create(0);
        for (int l = 0; l < length; l++)
        {
            total += counts.Load<TLanes>(l);
        }

        return total;
    }

    private static void SearchCodes<TLanes>(int perBlock, in KScratch scratch, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        // The search is over; its rows have room for those of the codes.
        LaneRows scales = scratch.Search;
        LaneRows minimums = scales.From(16);
        LaneRows totals = scales.From(32);
        LaneRows scaleLevels = scales.From(48);
        LaneRows minimumLevels = scales.From(64);
        LaneRows found = scales.From(80);
        scales.Transpose(scratch.Scales.Floats(perBlock * blocks.Length), perBlock);
        minimums.Transpose(scratch.Minimums.Floats(perBlock * blocks.Length), perBlock);
        totals.Transpose(scratch.Totals.Floats(perBlock * blocks.Length), perBlock);
        found.Store(0, PositiveLanes.Fit<TLanes>(TBlock.TopCode, perBlock, scales, totals, scaleLevels));
        found.Store(1, PositiveLanes.Fit<TLanes>(TBlock.TopCode, perBlock, minimums, totals, minimumLevels));
        Span<byte> scaleCodes = stackalloc byte[perBlock];
        Span<byte> minimumCodes = stackalloc byte[perBlock];
        for (int i = 0; i < blocks.Length; i++)
        {
            for (int j = 0; j < perBlock; j++)
            {
                scaleCodes[j] = (byte)scaleLevels[j, i];
                minimumCodes[j] = (byte)minimumLevels[j, i];
            }

            blocks[i].SetScales(found[0, i], found[1, i], scaleCodes, minimumCodes);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RoundToScales<TLanes>(ReadOnlySpan<float> x, in KScratch scratch, Span<TBlock> blocks)
        where TLanes : struct, ILanes<TLanes>
    {
        AffineSearch search = TBlock.Plain;
        Span<byte> levels = stackalloc byte[256];
        int perBlock = 256 / search.Weights;
        for (int i = 0; i < blocks.Length; i++)
        {
            for (int j = 0; j < perBlock; j++)
            {
                (float scale, float minimum) = blocks[i].ScalesOf(j);
                TLanes inverses = TLanes.Create(scratch.LevelInverses[i * perBlock / 16, (i * perBlock % 16) + j]);
                TLanes mins = TLanes.Create(scratch.LevelMins[i * perBlock / 16, (i * perBlock % 16) + j]);
                TLanes scales = TLanes.Create(scale);
                TLanes minimums = TLanes.Create(minimum);
                for (int l = j * search.Weights; l < (j + 1) * search.Weights; l += 16)
                {
                    TLanes value = TLanes.Load(in x[(i * 256) + l]);
                    TLanes quotient = scale == 0 ? inverses * (value - mins) : (value + minimums) / scales;
                    TLanes.ToBytes(AffineLanes.Level(quotient, search.Top)).CopyTo(levels.Slice(l, 16));
                }
            }

            blocks[i].SetLevels(levels);
        }
    }
}
