using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// Finds the scale of a symmetric block of 3-bit codes, each weight counting its square: starting from the grid that just holds the
/// greatest weight, up to five passes move one code at a time to where it best explains the weights.
/// </summary>
/// <remarks>Source: make_q3_quants of ggml v0.5.0 with do_rmse.</remarks>
internal static class ScaleDescent
{
    private const int Passes = 5;

    /// <summary>The specification.</summary>
    /// <param name="x">Weights.</param>
    /// <param name="range">Codes stand for −range … range−1.</param>
    /// <param name="codes">Receives 0 … 2·range−1.</param>
    /// <returns>The scale.</returns>
    public static float Scalar(ReadOnlySpan<float> x, int range, Span<byte> codes)
    {
        float peak = ScaleSearch.SignedPeak(x);
        if (MathF.Abs(peak) < ScaleSearch.Negligible)
        {
            codes.Clear();
            return 0;
        }

        Span<int> levels = stackalloc int[x.Length];
        float inverse = -range / peak;
        float sumLx = 0;
        float sumL2 = 0;
        for (int l = 0; l < x.Length; l++)
        {
            levels[l] = Rounding.Nearest(inverse * x[l], -range, range - 1);
            float w = x[l] * x[l];
            sumLx += w * x[l] * levels[l];
            sumL2 += w * levels[l] * levels[l];
        }

        bool changed = true;
        for (int pass = 0; pass < Passes && changed; pass++)
        {
            changed = false;
            for (int l = 0; l < x.Length; l++)
            {
                float w = x[l] * x[l];
                float lx = sumLx - (w * x[l] * levels[l]);
                float l2 = sumL2 - (w * levels[l] * levels[l]);
                int level = Rounding.Nearest(x[l] * l2 / lx, -range, range - 1);
                if (!(lx > 0) || level == levels[l])
                {
                    continue;
                }

                lx += w * x[l] * level;
                l2 += w * level * level;
                if (l2 > 0 && lx * lx * sumL2 > sumLx * sumLx * l2)
                {
                    (levels[l], sumLx, sumL2) = (level, lx, l2);
                    changed = true;
                }
            }
        }

        for (int l = 0; l < x.Length; l++)
        {
            codes[l] = (byte)(levels[l] + range);
        }

        return sumL2 > 0 ? sumLx / sumL2 : 0;
    }

    /// <summary><see cref="Scalar"/> of two times 16 blocks at once; each waits long for itself, so two go in the time of one.</summary>
    /// <param name="x0">Weights of the first 16, a block a lane.</param>
    /// <param name="x1">Weights of the second 16.</param>
    /// <param name="count">Weights in a block.</param>
    /// <param name="range">As for <see cref="Scalar"/>.</param>
    /// <param name="codes0">Receives the codes of the first 16, a block a lane.</param>
    /// <param name="codes1">Receives the codes of the second 16.</param>
    /// <param name="scale0">The scales of the first 16.</param>
    /// <param name="scale1">The scales of the second 16.</param>
    public static void Search<TLanes>(
        LaneRows x0,
        LaneRows x1,
        int count,
        int range,
        LaneRows codes0,
        LaneRows codes1,
        out TLanes scale0,
        out TLanes scale1)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes negligible0 = Start(x0, count, range, codes0, out TLanes sumLx0, out TLanes sumL20);
        TLanes negligible1 = Start(x1, count, range, codes1, out TLanes sumLx1, out TLanes sumL21);

        // A lane that a pass left as it was stays so in the next pass, thus all lanes may run until the last one rests.
        bool changed = true;
        for (int pass = 0; pass < Passes && changed; pass++)
        {
            changed = false;
            for (int l = 0; l < count; l++)
            {
                if (typeof(TLanes) == typeof(Lanes128))
                {
                    // Two times four registers are more than a method can hold, and than the compiler will inline.
                    changed |= MoveApart(x0, l, range, codes0, ref sumLx0, ref sumL20);
                    changed |= MoveApart(x1, l, range, codes1, ref sumLx1, ref sumL21);
                    continue;
                }

                changed |= Move(x0, l, range, codes0, ref sumLx0, ref sumL20);
                changed |= Move(x1, l, range, codes1, ref sumLx1, ref sumL21);
            }
        }

        scale0 = End(negligible0, count, range, codes0, sumLx0, sumL20);
        scale1 = End(negligible1, count, range, codes1, sumLx1, sumL21);
    }

    /// <summary>Rounds to the grid that just holds the greatest weight.</summary>
    /// <returns>Mask of the lanes that count as zero.</returns>
    private static TLanes Start<TLanes>(
        LaneRows x, int count, int range, LaneRows codes, out TLanes sumLx, out TLanes sumL2)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes peak = TLanes.Create(0);
        TLanes magnitude = peak;
        for (int l = 0; l < count; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            TLanes greater = TLanes.GreaterThan(TLanes.Abs(value), magnitude);
            magnitude = TLanes.Select(greater, TLanes.Abs(value), magnitude);
            peak = TLanes.Select(greater, value, peak);
        }

        TLanes negligible = TLanes.GreaterThan(TLanes.Create(ScaleSearch.Negligible), magnitude);
        TLanes inverse = TLanes.Create(-range) / TLanes.Select(negligible, TLanes.Create(1), peak);
        TLanes lx = TLanes.Create(0);
        TLanes l2 = lx;
        for (int l = 0; l < count; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            TLanes level = ScaleSearch.Clamp(TLanes.NearestSmall(inverse * value), range);
            codes.Store(l, level);
            TLanes w = value * value;
            lx += w * value * level;
            l2 += w * level * level;
        }

        (sumLx, sumL2) = (lx, l2);
        return negligible;
    }

    /// <summary>Moves the code of weight <paramref name="l"/> in the lanes where that explains more.</summary>
    /// <returns>Whether any lane moved.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Move<TLanes>(
        LaneRows x, int l, int range, LaneRows codes, ref TLanes sumLx, ref TLanes sumL2)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0);
        TLanes value = x.Load<TLanes>(l);
        TLanes old = codes.Load<TLanes>(l);
        TLanes w = value * value;
        TLanes cube = w * value;
        TLanes lx = sumLx - (cube * old);
        TLanes l2 = sumL2 - (w * old * old);
        TLanes level = ScaleSearch.Clamp(TLanes.Nearest(value * l2 / lx), range);
        TLanes better = TLanes.AndNot(TLanes.GreaterThan(lx, zero), TLanes.EqualTo(level, old));
        lx += cube * level;
        l2 += w * level * level;
        better &= TLanes.GreaterThan(l2, zero) & TLanes.GreaterThan(lx * lx * sumL2, sumLx * sumLx * l2);
        codes.Store(l, TLanes.Select(better, level, old));
        sumLx = TLanes.Select(better, lx, sumLx);
        sumL2 = TLanes.Select(better, l2, sumL2);
        return TLanes.Any(better);
    }

    /// <summary><see cref="Move"/> as a call.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool MoveApart<TLanes>(
        LaneRows x, int l, int range, LaneRows codes, ref TLanes sumLx, ref TLanes sumL2)
        where TLanes : struct, ILanes<TLanes> =>
        Move(x, l, range, codes, ref sumLx, ref sumL2);

    private static TLanes End<TLanes>(
        TLanes negligible, int count, int range, LaneRows codes, TLanes sumLx, TLanes sumL2)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes offset = TLanes.Create(range);
        for (int l = 0; l < count; l++)
        {
            codes.Store(l, TLanes.AndNot(codes.Load<TLanes>(l) + offset, negligible));
        }

        TLanes scale = TLanes.Select(TLanes.GreaterThan(sumL2, TLanes.Create(0)), sumLx / sumL2, TLanes.Create(0));
        return TLanes.AndNot(scale, negligible);
    }
}
