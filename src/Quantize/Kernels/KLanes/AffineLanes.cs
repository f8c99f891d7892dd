using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary><see cref="AffineFit"/> for sixteen runs at once, one a lane.</summary>
/// <remarks>
/// Row l of a buffer is weight l of the sixteen runs. No levels are kept: whoever needs them computes
/// <see cref="AffineFit.Level"/> of <c>LevelInverse · (x − LevelMin)</c>, which is how the best try made them.
/// </remarks>
internal static unsafe class AffineLanes
{
    /// <summary>Finds scale and minimum of each run.</summary>
    /// <param name="search">What to try.</param>
    /// <param name="x">Weights, <c>search.Weights</c> rows of 16, finite.</param>
    /// <param name="importance">What an error in each of them costs.</param>
    /// <param name="scratch">Room for as much.</param>
    public static AffineLanes<TWide> Fit<TWide>(in AffineSearch search, float* x, float* importance, float* scratch)
        where TWide : unmanaged, IWide<TWide> =>
        search.Absolute
            ? Fit<TWide, AbsoluteError>(search, x, importance, scratch)
            : Fit<TWide, SquaredError>(search, x, importance, scratch);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static AffineLanes<TWide> Fit<TWide, TError>(in AffineSearch search, float* x, float* importance, float* scratch)
        where TWide : unmanaged, IWide<TWide>
        where TError : IError
    {
        int end = search.Weights * 16;
        TWide zero = TWide.Create(0);
        TWide top = TWide.Create(search.Top);
        TWide min = TWide.Load(x);
        TWide max = min;
        TWide sumW = TWide.Load(importance);
        TWide sumX = sumW * min;
        for (int i = 16; i < end; i += 16)
        {
            TWide value = TWide.Load(x + i);
            TWide w = TWide.Load(importance + i);
            min = TWide.Min(value, min);
            max = TWide.Max(value, max);
            sumW += w;
            sumX += w * value;
        }

        min = TWide.Min(min, zero);
        TWide flat = TWide.EqualTo(max, min);
        TWide lowest = min;
        TWide inverse = top / Range(max, min, flat);
        TWide scale = TWide.Create(1) / inverse;
        Levels(x, scratch, end, inverse, min, lowest, max, top);
        TWide best = Error<TWide, TError>(x, importance, scratch, end, scale, min);
        TWide levelInverse = inverse;
        TWide levelMin = min;
        for (int step = 0; step <= search.LastStep; step++)
        {
            inverse = TWide.Create(search.StepsOf(step)) / Range(max, min, flat);
            TWide sumL, sumL2, sumXl;
            if (InRange(inverse, min, lowest, max))
            {
                sumL = sumL2 = sumXl = zero;
                TWide magic = TWide.Create(NearestInt.Magic);
                for (int i = 0; i < end; i += 16)
                {
                    TWide value = TWide.Load(x + i);
                    TWide level = (TWide.Min(TWide.Max(inverse * (value - min), zero), top) + magic) - magic;
                    level.Store(scratch + i);
                    TWide wl = TWide.Load(importance + i) * level;
                    sumL += wl;
                    sumL2 += wl * level;
                    sumXl += wl * value;
                }
            }
            else
            {
                WildLevels(x, scratch, end, inverse, min, top);
                sumL = sumL2 = sumXl = zero;
                for (int i = 0; i < end; i += 16)
                {
                    TWide level = TWide.Load(scratch + i);
                    TWide wl = TWide.Load(importance + i) * level;
                    sumL += wl;
                    sumL2 += wl * level;
                    sumXl += wl * TWide.Load(x + i);
                }
            }

            TWide determinant = (sumW * sumL2) - (sumL * sumL);
            TWide solvable = TWide.Except(TWide.GreaterThan(determinant, zero), flat);
            if (!TWide.Any(solvable))
            {
                continue;
            }

            TWide newScale = ((sumW * sumXl) - (sumX * sumL)) / determinant;
            TWide newMin = ((sumL2 * sumX) - (sumL * sumXl)) / determinant;
            TWide positive = TWide.GreaterThan(newMin, zero);
            newMin = TWide.Except(newMin, positive);
            newScale = TWide.Select(positive, sumXl / sumL2, newScale);
            TWide error = Error<TWide, TError>(x, importance, scratch, end, newScale, newMin);
            TWide better = TWide.LessThan(error, best) & solvable;
            if (TWide.Any(better))
            {
                levelInverse = TWide.Select(better, inverse, levelInverse);
                levelMin = TWide.Select(better, min, levelMin);
                best = TWide.Select(better, error, best);
                scale = TWide.Select(better, newScale, scale);
                min = TWide.Select(better, newMin, min);
            }
        }

        return new(TWide.Except(scale, flat), zero - min, TWide.Except(levelInverse, flat), levelMin);
    }

    /// <summary>The divisor max - min; any number will do in a lane whose weights are all equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWide Range<TWide>(TWide max, TWide min, TWide flat)
        where TWide : unmanaged, IWide<TWide> =>
        TWide.Select(flat, TWide.Create(1), max - min);

    /// <summary>Whether all quotients round as numbers do; rounding keeps their order, so the outermost tell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool InRange<TWide>(TWide inverse, TWide min, TWide lowest, TWide highest)
        where TWide : unmanaged, IWide<TWide>
    {
        TWide limit = TWide.Create(NearestInt.Limit);
        return TWide.All(TWide.LessThan(TWide.Abs(inverse * (lowest - min)), limit)
            & TWide.LessThan(TWide.Abs(inverse * (highest - min)), limit));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Levels<TWide>(
        float* x, float* levels, int end, TWide inverse, TWide min, TWide lowest, TWide highest, TWide top)
        where TWide : unmanaged, IWide<TWide>
    {
        if (!InRange(inverse, min, lowest, highest))
        {
            WildLevels(x, levels, end, inverse, min, top);
            return;
        }

        TWide magic = TWide.Create(NearestInt.Magic);
        for (int i = 0; i < end; i += 16)
        {
            TWide quotient = inverse * (TWide.Load(x + i) - min);
            ((TWide.Min(TWide.Max(quotient, TWide.Create(0)), top) + magic) - magic).Store(levels + i);
        }
    }

    /// <summary>Levels of quotients that may be anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void WildLevels<TWide>(float* x, float* levels, int end, TWide inverse, TWide min, TWide top)
        where TWide : unmanaged, IWide<TWide>
    {
        for (int i = 0; i < end; i += 16)
        {
            TWide level = TWide.Nearest(inverse * (TWide.Load(x + i) - min));
            TWide.Min(TWide.Max(level, TWide.Create(0)), top).Store(levels + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWide Error<TWide, TError>(
        float* x, float* importance, float* levels, int end, TWide scale, TWide min)
        where TWide : unmanaged, IWide<TWide>
        where TError : IError
    {
        TWide error = TWide.Create(0);
        for (int i = 0; i < end; i += 16)
        {
            TWide difference = (scale * TWide.Load(levels + i)) + min - TWide.Load(x + i);
            error += TWide.Load(importance + i) * TError.Of(difference);
        }

        return error;
    }

    private interface IError
    {
        static abstract TWide Of<TWide>(TWide difference)
            where TWide : unmanaged, IWide<TWide>;
    }

    private readonly struct SquaredError : IError
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TWide Of<TWide>(TWide difference)
            where TWide : unmanaged, IWide<TWide> => difference * difference;
    }

    private readonly struct AbsoluteError : IError
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TWide Of<TWide>(TWide difference)
            where TWide : unmanaged, IWide<TWide> => TWide.Abs(difference);
    }
}

/// <summary>What <see cref="AffineLanes"/> found, a run a lane.</summary>
/// <param name="Scale">Scale; 0 when all weights are equal and not positive.</param>
/// <param name="Minimum">Minimum, not negative.</param>
/// <param name="LevelInverse">With <paramref name="LevelMin"/>, how the levels follow from the weights.</param>
/// <param name="LevelMin">See there.</param>
internal readonly record struct AffineLanes<TWide>(TWide Scale, TWide Minimum, TWide LevelInverse, TWide LevelMin)
    where TWide : unmanaged, IWide<TWide>;
