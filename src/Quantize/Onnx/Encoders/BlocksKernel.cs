using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>
/// Encodes blocks of 4 or 8 bits. Plain rounding makes the weight of greatest magnitude the lowest level (with zero
/// points: the range, zero included, all levels). With importance the scale is searched: the best of a grid, then of the
/// neighborhood of its least-squares scale; never worse than plain rounding.
/// </summary>
/// <remarks>
/// Scales are rounded to their stored type before they are tried, so codes always belong to the scale that a reader sees.
/// </remarks>
internal static partial class BlocksKernel
{
    /// <summary>Every variant by name, the specification first; all give the same bytes on any machine.</summary>
    public static IReadOnlyList<(string Name, BlockRowsEncoder Encode)> Variants { get; } =
    [
        ("scalar", Scalar),
        ("vector128", Vector<Lanes128>),
        ("vector256", Vector<Lanes256>),
        ("vector512", Vector<Lanes512>),
    ];

    /// <summary>The variant for the widest registers this machine has.</summary>
    public static BlockRowsEncoder Best { get; } =
        Vector512.IsHardwareAccelerated ? Vector<Lanes512>
        : Vector256.IsHardwareAccelerated ? Vector<Lanes256>
        : Vector128.IsHardwareAccelerated ? Vector<Lanes128>
        : Scalar;

    private static void Scalar(
        ReadOnlySpan<float> weights,
        BlockGrid grid,
        ReadOnlySpan<float> importance,
        Span<byte> values,
        Span<byte> scales,
        Span<byte> zeros)
    {
        BlockCandidates candidates = BlockCandidates.For(grid);
        for (BlockCursor at = new(grid, weights.Length); at.IsInside; at.Next())
        {
            ReadOnlySpan<float> x = weights.Slice(at.First, at.Count);
            float reach = Reach(x, grid, out float lowest);
            BlockScale found = Candidate(grid, candidates, candidates.Plain, reach, lowest);
            if (!importance.IsEmpty)
            {
                found = Search(x, importance.Slice(at.Column, at.Count), grid, candidates, reach, lowest);
            }

            at.Store(found, scales, zeros);
            Span<byte> codes = values.Slice(at.FirstByte, at.Bytes);
            codes.Clear();
            (float low, float high) = (-found.Zero, grid.Top - found.Zero);
            for (int j = 0; j < at.Bytes * 8 / grid.Bits; j++)
            {
                int code = (int)BlockScale.Level(j < x.Length ? x[j] : 0, found.Inverse, low, high) + found.Zero;
                codes[j * grid.Bits / 8] |= (byte)(code << (j * grid.Bits % 8));
            }
        }
    }

    /// <summary>What factors multiply: the weight of greatest magnitude, the first of equals; with zero points the range.</summary>
    private static float Reach(ReadOnlySpan<float> x, BlockGrid grid, out float lowest)
    {
        lowest = 0;
        if (grid.IsSymmetric)
        {
            return ScaleSearch.SignedPeak(x);
        }

        float highest = 0;
        foreach (float weight in x)
        {
            lowest = MathF.Min(lowest, weight);
            highest = MathF.Max(highest, weight);
        }

        return highest - lowest;
    }

    private static BlockScale Candidate(BlockGrid grid, BlockCandidates candidates, int index, float reach, float lowest)
    {
        float scale = BlockScale.Store(candidates.Factors[index] * reach, grid.HasHalfScales);
        if (grid.IsSymmetric)
        {
            return new(scale, grid.Middle);
        }

        float zero = BlockScale.Level(-lowest, BlockScale.InverseOf(scale), 0, grid.Top) + candidates.ZeroSteps[index];
        return new(scale, Math.Max(0, Math.Min(grid.Top, (int)zero)));
    }

    private static BlockScale Search(
        ReadOnlySpan<float> x, ReadOnlySpan<float> h, BlockGrid grid, BlockCandidates candidates, float reach, float lowest)
    {
        BlockScale best = Candidate(grid, candidates, candidates.Plain, reach, lowest);
        float least = Error(x, h, best, grid);
        for (int i = 0; i < candidates.Factors.Length; i++)
        {
            Try(Candidate(grid, candidates, i, reach, lowest), x, h, grid, ref best, ref least);
        }

        float fitted = Fit(x, h, best, grid);
        int zero = best.Zero;
        foreach (float factor in candidates.Fine)
        {
            Try(new(BlockScale.Store(fitted * factor, grid.HasHalfScales), zero), x, h, grid, ref best, ref least);
        }

        return best;
    }

    private static void Try(
        BlockScale candidate, ReadOnlySpan<float> x, ReadOnlySpan<float> h, BlockGrid grid, ref BlockScale best, ref float least)
    {
        float error = Error(x, h, candidate, grid);
        if (error < least)
        {
            (best, least) = (candidate, error);
        }
    }

    /// <summary>Σ importance · (level · scale − weight)², in the order of the weights.</summary>
    private static float Error(ReadOnlySpan<float> x, ReadOnlySpan<float> h, BlockScale scale, BlockGrid grid)
    {
        float inverse = scale.Inverse;
        (float low, float high) = (-scale.Zero, grid.Top - scale.Zero);
        float sum = 0;
        for (int l = 0; l < x.Length; l++)
        {
            float difference = (BlockScale.Level(x[l], inverse, low, high) * scale.Scale) - x[l];
            sum += h[l] * difference * difference;
        }

        return sum;
    }

    /// <summary>The scale with the least error for the levels of another; that other when all levels are 0.</summary>
    /// <remarks>Sums of every 16th weight first, then these: the order that lanes have.</remarks>
    private static float Fit(ReadOnlySpan<float> x, ReadOnlySpan<float> h, BlockScale scale, BlockGrid grid)
    {
        Span<float> products = stackalloc float[16];
        Span<float> squares = stackalloc float[16];
        products.Clear();
        squares.Clear();
        float inverse = scale.Inverse;
        (float low, float high) = (-scale.Zero, grid.Top - scale.Zero);
        for (int l = 0; l < x.Length; l++)
        {
            float level = BlockScale.Level(x[l], inverse, low, high);
            products[l % 16] += h[l] * level * x[l];
            squares[l % 16] += h[l] * level * level;
        }

        return Quotient(products, squares, scale.Scale);
    }

    private static float Quotient(ReadOnlySpan<float> products, ReadOnlySpan<float> squares, float otherwise)
    {
        float product = 0;
        float square = 0;
        for (int i = 0; i < 16; i++)
        {
            product += products[i];
            square += squares[i];
        }

        float quotient = product / square;
        return square > 0 && float.IsFinite(quotient) ? quotient : otherwise;
    }
}
