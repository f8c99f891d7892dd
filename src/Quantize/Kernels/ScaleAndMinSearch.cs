using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Finds scale and minimum of an affine block of 32: 37 grids, each with its least-squares scale and minimum; the one of least
/// weighted squared error wins. The minimum is never positive, and each grid starts from the best minimum so far.
/// </summary>
/// <remarks>Source: make_qkx3_quants of ggml v0.5.0 with rmin −0.9, rdelta 0.05, 36 steps, squared error.</remarks>
internal static class ScaleAndMinSearch
{
    private const int Steps = 36;

    /// <summary>The specification.</summary>
    /// <param name="x">Weights.</param>
    /// <param name="w">How much each counts.</param>
    /// <param name="top">The greatest code.</param>
    /// <param name="codes">Receives 0 … top.</param>
    /// <returns>The scale and the minimum.</returns>
    public static (float Scale, float Min) Scalar(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int top, Span<byte> codes)
    {
        float min = x[0];
        float max = x[0];
        float sumW = w[0];
        float sumX = w[0] * x[0];
        for (int l = 1; l < x.Length; l++)
        {
            min = x[l] < min ? x[l] : min;
            max = x[l] > max ? x[l] : max;
            sumW += w[l];
            sumX += w[l] * x[l];
        }

        min = min > 0 ? 0 : min;
        if (max <= min)
        {
            codes.Clear();
            return (0, min);
        }

        Span<byte> candidates = stackalloc byte[x.Length];
        float inverse = top / (max - min);
        float scale = 1 / inverse;
        Round(x, inverse, min, top, codes);
        float best = Error(x, w, codes, scale, min);
        for (int step = 0; step <= Steps; step++)
        {
            inverse = (-0.9f + (0.05f * step) + top) / (max - min);
            Round(x, inverse, min, top, candidates);
            float sumL = 0;
            float sumL2 = 0;
            float sumXl = 0;
            for (int l = 0; l < x.Length; l++)
            {
                sumL += w[l] * candidates[l];
                sumL2 += w[l] * candidates[l] * candidates[l];
                sumXl += w[l] * candidates[l] * x[l];
            }

            float determinant = (sumW * sumL2) - (sumL * sumL);
            if (!(determinant > 0))
            {
                continue;
            }

            float candidateScale = ((sumW * sumXl) - (sumX * sumL)) / determinant;
            float candidateMin = ((sumL2 * sumX) - (sumL * sumXl)) / determinant;
            if (candidateMin > 0)
            {
                candidateMin = 0;
                candidateScale = sumXl / sumL2;
            }

            float error = Error(x, w, candidates, candidateScale, candidateMin);
            if (error < best)
            {
                candidates.CopyTo(codes);
                (best, scale, min) = (error, candidateScale, candidateMin);
            }
        }

        return (scale, min);
    }

    /// <summary><see cref="Scalar"/> of 16 blocks at once.</summary>
    /// <param name="x">Weights, a block a lane.</param>
    /// <param name="w">How much each counts.</param>
    /// <param name="count">Weights in a block.</param>
    /// <param name="top">The greatest code.</param>
    /// <returns>Scale and minimum, and the grid that gave the codes (<see cref="Codes"/>).</returns>
    public static Result<TLanes> Search<TLanes>(ref readonly LaneBuffer x, ref readonly LaneBuffer w, int count, int top)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0);
        TLanes greatest = TLanes.Create(top);
        TLanes min = x.Load<TLanes>(0);
        TLanes max = min;
        TLanes sumW = w.Load<TLanes>(0);
        TLanes sumX = sumW * min;
        for (int l = 1; l < count; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            TLanes weight = w.Load<TLanes>(l);
            min = TLanes.Select(TLanes.GreaterThan(min, value), value, min);
            max = TLanes.Select(TLanes.GreaterThan(value, max), value, max);
            sumW += weight;
            sumX += weight * value;
        }

        min = TLanes.Select(TLanes.GreaterThan(min, zero), zero, min);
        TLanes varies = TLanes.GreaterThan(max, min);
        TLanes gridMin = min & varies;
        TLanes grid = greatest / (max - min);
        TLanes scale = TLanes.Create(1) / grid;
        grid &= varies;
        TLanes best = zero;
        for (int l = 0; l < count; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            TLanes code = TLanes.Max(zero, TLanes.Min(greatest, TLanes.Nearest(grid * (value - min))));
            TLanes difference = (scale * code) + min - value;
            best += w.Load<TLanes>(l) * (difference * difference);
        }

        Unsafe.SkipInit(out LaneBuffer codes);
        for (int step = 0; step <= Steps; step++)
        {
            TLanes inverse = TLanes.Create(-0.9f + (0.05f * step) + top) / (max - min);
            TLanes sumL = zero;
            TLanes sumL2 = zero;
            TLanes sumXl = zero;
            for (int l = 0; l < count; l++)
            {
                TLanes value = x.Load<TLanes>(l);
                TLanes code = TLanes.Max(zero, TLanes.Min(greatest, TLanes.Nearest(inverse * (value - min))));
                codes.Store(l, code);
                TLanes weighted = w.Load<TLanes>(l) * code;
                sumL += weighted;
                sumL2 += weighted * code;
                sumXl += weighted * value;
            }

            TLanes determinant = (sumW * sumL2) - (sumL * sumL);
            TLanes better = TLanes.GreaterThan(determinant, zero) & varies;
            if (TLanes.Bits(better) == 0)
            {
                continue;
            }

            TLanes candidateScale = ((sumW * sumXl) - (sumX * sumL)) / determinant;
            TLanes candidateMin = ((sumL2 * sumX) - (sumL * sumXl)) / determinant;
            TLanes positive = TLanes.GreaterThan(candidateMin, zero);
            candidateMin = TLanes.Select(positive, zero, candidateMin);
            candidateScale = TLanes.Select(positive, sumXl / sumL2, candidateScale);
            TLanes error = zero;
            for (int l = 0; l < count; l++)
            {
                TLanes difference = (candidateScale * codes.Load<TLanes>(l)) + candidateMin - x.Load<TLanes>(l);
                error += w.Load<TLanes>(l) * (difference * difference);
            }

            better &= TLanes.GreaterThan(best, error);
            if (TLanes.Bits(better) != 0)
            {
                best = TLanes.Select(better, error, best);
                scale = TLanes.Select(better, candidateScale, scale);
                grid = TLanes.Select(better, inverse, grid);
                gridMin = TLanes.Select(better, min, gridMin);
                min = TLanes.Select(better, candidateMin, min);
            }
        }

        return new(scale & varies, min, grid, gridMin);
    }

    /// <summary>The codes of 16 weights of one block, given what <see cref="Search"/> found for its lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Codes<TLanes>(TLanes x, float grid, float gridMin, int top)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.Max(
            TLanes.Create(0),
            TLanes.Min(TLanes.Create(top), TLanes.Nearest(TLanes.Create(grid) * (x - TLanes.Create(gridMin)))));

    private static void Round(ReadOnlySpan<float> x, float inverse, float min, int top, Span<byte> codes)
    {
        for (int l = 0; l < x.Length; l++)
        {
            codes[l] = (byte)Rounding.Nearest(inverse * (x[l] - min), 0, top);
        }
    }

    private static float Error(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<byte> codes, float scale, float min)
    {
        float error = 0;
        for (int l = 0; l < x.Length; l++)
        {
            float difference = (scale * codes[l]) + min - x[l];
            error += w[l] * (difference * difference);
        }

        return error;
    }

    /// <summary>What <see cref="Search"/> found: per lane the scale and minimum to store, and the grid that gave the codes.</summary>
    /// <param name="Scale">Weights a code step.</param>
    /// <param name="Min">The weight of code 0.</param>
    /// <param name="Grid">Code steps a weight; not 1/scale, which is fitted after rounding.</param>
    /// <param name="GridMin">The minimum that rounding started from; 0 with grid 0 where all codes are 0.</param>
    public readonly record struct Result<TLanes>(TLanes Scale, TLanes Min, TLanes Grid, TLanes GridMin);
}
