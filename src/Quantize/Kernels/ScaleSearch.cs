using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Finds the scale of a symmetric block: 19 grids around the one that just holds the greatest weight, each with its least-squares
/// scale; the one that explains most of the weighted square wins.
/// </summary>
/// <remarks>Source: make_qx_quants of ggml v0.5.0 with rmse_type 1.</remarks>
internal static class ScaleSearch
{
    /// <summary>A block whose weights are all smaller has scale 0 and codes 0.</summary>
    public const float Negligible = 1e-15f;

    /// <summary>The specification.</summary>
    /// <param name="x">Weights.</param>
    /// <param name="w">How much each counts.</param>
    /// <param name="range">Codes stand for −range … range−1.</param>
    /// <param name="codes">Receives 0 … 2·range−1.</param>
    /// <returns>The scale.</returns>
    public static float Scalar(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int range, Span<byte> codes)
    {
        float peak = SignedPeak(x);
        if (MathF.Abs(peak) < Negligible)
        {
            codes.Clear();
            return 0;
        }

        float inverse = -range / peak;
        (float sumLx, float sumL2) = Sums(x, w, range, inverse);
        float scale = sumL2 != 0 ? sumLx / sumL2 : 0;
        float best = scale * sumLx;
        float bestInverse = inverse;
        for (int step = -9; step <= 9; step++)
        {
            if (step == 0)
            {
                continue;
            }

            inverse = -(range + (0.1f * step)) / peak;
            (sumLx, sumL2) = Sums(x, w, range, inverse);
            if (sumL2 > 0 && sumLx * sumLx > best * sumL2)
            {
                scale = sumLx / sumL2;
                best = scale * sumLx;
                bestInverse = inverse;
            }
        }

        for (int l = 0; l < x.Length; l++)
        {
            codes[l] = (byte)(range + Rounding.Nearest(bestInverse * x[l], -range, range - 1));
        }

        return scale;
    }

    /// <summary><see cref="Scalar"/> of 16 blocks at once.</summary>
    /// <param name="x">Finite weights, a block a lane; lanes with others get unspecified results.</param>
    /// <param name="w">How much each counts.</param>
    /// <param name="count">Weights in a block.</param>
    /// <param name="range">As for <see cref="Scalar"/>.</param>
    /// <param name="inverse">What to multiply weights with to get codes (<see cref="Codes"/>); NaN where all codes are 0.</param>
    /// <returns>The scales.</returns>
    public static TLanes Search<TLanes>(
        LaneRows x, LaneRows w, int count, int range, out TLanes inverse)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0);
        TLanes peak = zero;
        TLanes magnitude = zero;
        for (int l = 0; l < count; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            TLanes greater = TLanes.GreaterThan(TLanes.Abs(value), magnitude);
            magnitude = TLanes.Select(greater, TLanes.Abs(value), magnitude);
            peak = TLanes.Select(greater, value, peak);
        }

        TLanes negligible = TLanes.GreaterThan(TLanes.Create(Negligible), magnitude);
        peak = TLanes.Select(negligible, TLanes.Create(1), peak);
        TLanes bestInverse = TLanes.Create(-range) / peak;
        Sums(x, w, count, range, bestInverse, out TLanes sumLx, out TLanes sumL2);
        TLanes scale = TLanes.Select(TLanes.EqualTo(sumL2, zero), zero, sumLx / sumL2);
        TLanes best = scale * sumLx;
        for (int step = -9; step <= 9; step++)
        {
            if (step == 0)
            {
                continue;
            }

            TLanes candidate = TLanes.Create(-(range + (0.1f * step))) / peak;
            Sums(x, w, count, range, candidate, out sumLx, out sumL2);
            TLanes better = TLanes.GreaterThan(sumL2, zero) & TLanes.GreaterThan(sumLx * sumLx, best * sumL2);
            if (TLanes.Any(better))
            {
                TLanes candidateScale = sumLx / sumL2;
                scale = TLanes.Select(better, candidateScale, scale);
                best = TLanes.Select(better, candidateScale * sumLx, best);
                bestInverse = TLanes.Select(better, candidate, bestInverse);
            }
        }

        inverse = TLanes.Select(negligible, TLanes.Create(float.NaN), bestInverse);
        return TLanes.AndNot(scale, negligible);
    }

    /// <summary>The codes of 16 weights of one block, given what <see cref="Search"/> found for its lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Codes<TLanes>(TLanes x, float inverse, int range)
        where TLanes : struct, ILanes<TLanes> =>
        float.IsNaN(inverse)
            ? TLanes.Create(0)
            : Clamp(TLanes.NearestSmall(TLanes.Create(inverse) * x), range) + TLanes.Create(range);

    /// <summary>Keeps levels in [−range, range−1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Clamp<TLanes>(TLanes level, int range)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.Max(TLanes.Create(-range), TLanes.Min(TLanes.Create(range - 1), level));

    /// <summary>The weight of greatest magnitude, the first of equals; +0 when all are zero.</summary>
    public static float SignedPeak(ReadOnlySpan<float> x)
    {
        float peak = 0;
        foreach (float value in x)
        {
            if (MathF.Abs(value) > MathF.Abs(peak))
            {
                peak = value;
            }
        }

        return peak;
    }

    private static (float SumLx, float SumL2) Sums(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int range, float inverse)
    {
        float sumLx = 0;
        float sumL2 = 0;
        for (int l = 0; l < x.Length; l++)
        {
            float code = Rounding.Nearest(inverse * x[l], -range, range - 1);
            sumLx += w[l] * x[l] * code;
            sumL2 += w[l] * code * code;
        }

        return (sumLx, sumL2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sums<TLanes>(
        LaneRows x,
        LaneRows w,
        int count,
        int range,
        TLanes inverse,
        out TLanes sumLx,
        out TLanes sumL2)
        where TLanes : struct, ILanes<TLanes>
    {
        // No weight exceeds the peak, so the levels are small.
        TLanes low = TLanes.Create(-range);
        TLanes high = TLanes.Create(range - 1);
        TLanes lx = TLanes.Create(0);
        TLanes l2 = TLanes.Create(0);
        for (int l = 0; l < count; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            TLanes weight = w.Load<TLanes>(l);
            TLanes code = TLanes.Max(low, TLanes.Min(high, TLanes.NearestSmall(inverse * value)));
            lx += weight * value * code;
            l2 += weight * code * code;
        }

        sumLx = lx;
        sumL2 = l2;
    }
}
