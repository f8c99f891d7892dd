using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary><see cref="PositiveFit"/> for sixteen super-blocks at once, one a lane.</summary>
internal static class PositiveLanes
{
    /// <summary>Finds the scale and the levels of each lane.</summary>
    /// <param name="top">The largest level.</param>
    /// <param name="count">Values in a lane.</param>
    /// <param name="x">The values, rows of 16.</param>
    /// <param name="weights">What an error in each of them costs.</param>
    /// <param name="levels">Receives the levels, bytes as floats.</param>
    /// <returns>The scales.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TLanes Fit<TLanes>(int top, int count, LaneRows x, LaneRows weights, LaneRows levels)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0);
        TLanes tops = TLanes.Create(top);
        TLanes peak = zero;
        for (int i = 0; i < count; i++)
        {
            TLanes value = x.Load<TLanes>(i);
            peak = TLanes.Select(TLanes.GreaterThan(peak, value), peak, value);
        }

        TLanes negligible = TLanes.GreaterThan(TLanes.Create(ScaleSearch.Negligible), peak);
        TLanes inverse = BestInverse(top, count, TLanes.Select(negligible, TLanes.Create(1), peak), x, weights);
        TLanes sumLx = zero;
        TLanes sumL2 = zero;
        for (int i = 0; i < count; i++)
        {
            TLanes value = x.Load<TLanes>(i);
            TLanes w = weights.Load<TLanes>(i);
            TLanes level = TLanes.Min(tops, TLanes.Nearest(inverse * value));
            levels.Store(i, TLanes.LowByte(level));
            sumLx += w * value * level;
            sumL2 += w * level * level;
        }

        // A lane that a round does not change is not changed by the next either, so the lanes need not stop alone.
        bool changed = true;
        for (int round = 0; round < PositiveFit.Rounds && changed; round++)
        {
            changed = false;
            for (int i = 0; i < count; i++)
            {
                TLanes value = x.Load<TLanes>(i);
                TLanes w = weights.Load<TLanes>(i);
                TLanes old = levels.Load<TLanes>(i);
                TLanes restLx = sumLx - (w * value * old);
                TLanes restL2 = sumL2 - (w * old * old);
                TLanes possible = TLanes.GreaterThan(restLx, zero) & TLanes.GreaterThan(restL2, zero);
                TLanes level = TLanes.Min(tops, TLanes.Nearest(value * restL2 / restLx));
                TLanes differs = TLanes.AndNot(possible, TLanes.EqualTo(level, old));
                if (!TLanes.Any(differs))
                {
                    continue;
                }

                TLanes newLx = restLx + (w * value * level);
                TLanes newL2 = restL2 + (w * level * level);
                TLanes better = TLanes.GreaterThan(newLx * newLx * sumL2, sumLx * sumLx * newL2) & differs;
                levels.Store(i, TLanes.Select(better, TLanes.LowByte(level), old));
                sumLx = TLanes.Select(better, newLx, sumLx);
                sumL2 = TLanes.Select(better, newL2, sumL2);
                changed |= TLanes.Any(better);
            }
        }

        for (int i = 0; i < count; i++)
        {
            levels.Store(i, TLanes.AndNot(levels.Load<TLanes>(i), negligible));
        }

        return TLanes.AndNot(TLanes.GreaterThan(sumL2, zero) & (sumLx / sumL2), negligible);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes BestInverse<TLanes>(int top, int count, TLanes peak, LaneRows x, LaneRows weights)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes inverse = TLanes.Create(top) / peak;
        TLanes scale = TLanes.Create(1) / inverse;
        TLanes best = TLanes.Create(0);
        for (int i = 0; i < count; i++)
        {
            TLanes value = x.Load<TLanes>(i);
            TLanes difference = value - (scale * TLanes.LowByte(TLanes.Nearest(inverse * value)));
            best += weights.Load<TLanes>(i) * difference * difference;
        }

        for (int n = -PositiveFit.Reach; n <= PositiveFit.Reach; n++)
        {
            if (n == 0)
            {
                continue;
            }

            TLanes triedInverse = TLanes.Create((0.1f * n) + top) / peak;
            TLanes triedScale = TLanes.Create(1) / triedInverse;
            TLanes error = TLanes.Create(0);
            for (int i = 0; i < count; i++)
            {
                TLanes value = x.Load<TLanes>(i);
                TLanes level = TLanes.Min(TLanes.Create(top), TLanes.Nearest(triedInverse * value));
                TLanes difference = value - (triedScale * level);
                error += weights.Load<TLanes>(i) * difference * difference;
            }

            TLanes better = TLanes.GreaterThan(best, error);
            best = TLanes.Select(better, error, best);
            inverse = TLanes.Select(better, triedInverse, inverse);
        }

        return inverse;
    }
}
