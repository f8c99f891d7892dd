using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary><see cref="PositiveFit"/> for sixteen super-blocks at once, one a lane.</summary>
internal static unsafe class PositiveLanes
{
    /// <summary>Finds the scale and the levels of each lane.</summary>
    /// <param name="top">The largest level.</param>
    /// <param name="count">Values in a lane.</param>
    /// <param name="x">The values, rows of 16.</param>
    /// <param name="weights">What an error in each of them costs.</param>
    /// <param name="levels">Receives the levels, bytes as floats.</param>
    /// <returns>The scales.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TWide Fit<TWide>(int top, int count, float* x, float* weights, float* levels)
        where TWide : unmanaged, IWide<TWide>
    {
        int end = count * 16;
        TWide zero = TWide.Create(0);
        TWide tops = TWide.Create(top);
        TWide peak = zero;
        for (int i = 0; i < end; i += 16)
        {
            TWide value = TWide.Load(x + i);
            peak = TWide.Select(TWide.GreaterThan(peak, value), peak, value);
        }

        TWide negligible = TWide.LessThan(peak, TWide.Create(PositiveFit.Negligible));
        TWide inverse = BestInverse(top, end, TWide.Select(negligible, TWide.Create(1), peak), x, weights);
        TWide sumLx = zero;
        TWide sumL2 = zero;
        for (int i = 0; i < end; i += 16)
        {
            TWide value = TWide.Load(x + i);
            TWide w = TWide.Load(weights + i);
            TWide level = TWide.Min(tops, TWide.Nearest(inverse * value));
            TWide.LowByte(level).Store(levels + i);
            sumLx += w * value * level;
            sumL2 += w * level * level;
        }

        // A lane that a round does not change is not changed by the next either, so the lanes need not stop alone.
        bool changed = true;
        for (int round = 0; round < PositiveFit.Rounds && changed; round++)
        {
            changed = false;
            for (int i = 0; i < end; i += 16)
            {
                TWide value = TWide.Load(x + i);
                TWide w = TWide.Load(weights + i);
                TWide old = TWide.Load(levels + i);
                TWide restLx = sumLx - (w * value * old);
                TWide restL2 = sumL2 - (w * old * old);
                TWide possible = TWide.GreaterThan(restLx, zero) & TWide.GreaterThan(restL2, zero);
                TWide level = TWide.Min(tops, TWide.Nearest(value * restL2 / restLx));
                TWide differs = TWide.Except(possible, TWide.EqualTo(level, old));
                if (!TWide.Any(differs))
                {
                    continue;
                }

                TWide newLx = restLx + (w * value * level);
                TWide newL2 = restL2 + (w * level * level);
                TWide better = TWide.GreaterThan(newLx * newLx * sumL2, sumLx * sumLx * newL2) & differs;
                TWide.Select(better, TWide.LowByte(level), old).Store(levels + i);
                sumLx = TWide.Select(better, newLx, sumLx);
                sumL2 = TWide.Select(better, newL2, sumL2);
                changed |= TWide.Any(better);
            }
        }

        for (int i = 0; i < end; i += 16)
        {
            TWide.Except(TWide.Load(levels + i), negligible).Store(levels + i);
        }

        return TWide.Except(TWide.GreaterThan(sumL2, zero) & (sumLx / sumL2), negligible);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWide BestInverse<TWide>(int top, int end, TWide peak, float* x, float* weights)
        where TWide : unmanaged, IWide<TWide>
    {
        TWide inverse = TWide.Create(top) / peak;
        TWide scale = TWide.Create(1) / inverse;
        TWide best = TWide.Create(0);
        for (int i = 0; i < end; i += 16)
        {
            TWide value = TWide.Load(x + i);
            TWide difference = value - (scale * TWide.LowByte(TWide.Nearest(inverse * value)));
            best += TWide.Load(weights + i) * difference * difference;
        }

        for (int n = -PositiveFit.Reach; n <= PositiveFit.Reach; n++)
        {
            if (n == 0)
            {
                continue;
            }

            TWide triedInverse = TWide.Create((0.1f * n) + top) / peak;
            TWide triedScale = TWide.Create(1) / triedInverse;
            TWide error = TWide.Create(0);
            for (int i = 0; i < end; i += 16)
            {
                TWide value = TWide.Load(x + i);
                TWide level = TWide.Min(TWide.Create(top), TWide.Nearest(triedInverse * value));
                TWide difference = value - (triedScale * level);
                error += TWide.Load(weights + i) * difference * difference;
            }

            TWide better = TWide.LessThan(error, best);
            best = TWide.Select(better, error, best);
            inverse = TWide.Select(better, triedInverse, inverse);
        }

        return inverse;
    }
}
