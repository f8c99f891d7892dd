using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary><see cref="AffineFit"/> for sixteen runs at once, one a lane.</summary>
/// <remarks>
/// Row l of a buffer is weight l of the sixteen runs. No levels are kept: whoever needs them computes
/// <see cref="AffineFit.Level"/> of <c>LevelInverse · (x − LevelMin)</c>, which is how the best try made them.
/// </remarks>
internal static unsafe class AffineLanes
{
    /// <summary>Where the rows of importance begin, in floats behind those of the weights.</summary>
    public const int ImportanceAt = MaxWeights * 16;

    /// <summary>The longest run.</summary>
    public const int MaxWeights = 32;

    /// <summary>Floats of memory that <see cref="Fit{TWide}"/> works in.</summary>
    public const int RowFloats = 3 * MaxWeights * 16;

    private const int LevelsAt = 2 * MaxWeights * 16;

    /// <summary>Finds scale and minimum of each run.</summary>
    /// <param name="search">What to try.</param>
    /// <param name="rows">
    /// <see cref="RowFloats"/> floats: rows of finite weights, from <see cref="ImportanceAt"/> on what an error in each of
    /// them costs, and room behind.
    /// </param>
    public static AffineLanes<TWide> Fit<TWide>(in AffineSearch search, float* rows)
        where TWide : unmanaged, IWide<TWide> =>
        search.Absolute ? Fit<TWide, AbsoluteError>(search, rows) : Fit<TWide, SquaredError>(search, rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static AffineLanes<TWide> Fit<TWide, TError>(in AffineSearch search, float* rows)
        where TWide : unmanaged, IWide<TWide>
        where TError : IError
    {
        float* end = rows + (search.Weights * 16);
        TWide zero = TWide.Create(0);
        TWide min = TWide.Load(rows);
        TWide max = min;
        TWide sumW = TWide.Load(rows + ImportanceAt);
        TWide sumX = sumW * min;
        for (float* row = rows + 16; row < end; row += 16)
        {
            TWide value = TWide.Load(row);
            TWide w = TWide.Load(row + ImportanceAt);
            min = TWide.Min(value, min);
            max = TWide.Max(value, max);
            sumW += w;
            sumX += w * value;
        }

        min = TWide.Min(min, zero);
        TWide flat = TWide.EqualTo(max, min);
        TWide lowest = min;
        TWide inverse = TWide.Create(search.Top) / Range(max, min, flat);
        TWide scale = TWide.Create(1) / inverse;
        Levels(rows, end, inverse, min, lowest, max, search.Top, out Sums<TWide> sums);
        TWide best = Error<TWide, TError>(rows, end, scale, min);
        TWide levelInverse = inverse;
        TWide levelMin = min;
        for (int step = 0; step <= search.LastStep; step++)
        {
            inverse = TWide.Create(search.StepsOf(step)) / Range(max, min, flat);
            Levels(rows, end, inverse, min, lowest, max, search.Top, out sums);
            TWide determinant = (sumW * sums.L2) - (sums.L * sums.L);
            TWide solvable = TWide.Except(TWide.GreaterThan(determinant, zero), flat);
            if (!TWide.Any(solvable))
            {
                continue;
            }

            TWide newScale = ((sumW * sums.Xl) - (sumX * sums.L)) / determinant;
            TWide newMin = ((sums.L2 * sumX) - (sums.L * sums.Xl)) / determinant;
            TWide positive = TWide.GreaterThan(newMin, zero);
            if (TWide.Any(positive))
            {
                newMin = TWide.Except(newMin, positive);
                newScale = TWide.Select(positive, sums.Xl / sums.L2, newScale);
            }

            TWide error = Error<TWide, TError>(rows, end, newScale, newMin);
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
        float* rows, float* end, TWide inverse, TWide min, TWide lowest, TWide highest, int top, out Sums<TWide> sums)
        where TWide : unmanaged, IWide<TWide>
    {
        if (InRange(inverse, min, lowest, highest))
        {
            TameLevels(rows, end, inverse, min, top, out sums);
        }
        else
        {
            WildLevels(rows, end, inverse, min, TWide.Create(top), out sums);
        }
    }

    // The loops below are methods of their own so that all their values find a register.

    /// <summary>Levels and their sums. Cutting before rounding is the same as after, and adding 1.5·2²³ rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TameLevels<TWide>(
        float* row, float* end, in TWide inverse, in TWide min, float top, out Sums<TWide> sums)
        where TWide : unmanaged, IWide<TWide>
    {
        TWide factor = inverse;
        TWide start = min;
        TWide tops = TWide.Create(top);
        TWide sumL = TWide.Create(0);
        TWide sumL2 = TWide.Create(0);
        TWide sumXl = TWide.Create(0);
        for (; row < end; row += 16)
        {
            TWide value = TWide.Load(row);
            TWide level = TWide.Min(TWide.Max(factor * (value - start), TWide.Create(0)), tops);
            level = level + TWide.Create(NearestInt.Magic) - TWide.Create(NearestInt.Magic);
            level.Store(row + LevelsAt);
            TWide wl = TWide.Load(row + ImportanceAt) * level;
            sumL += wl;
            sumL2 += wl * level;
            sumXl += wl * value;
        }

        sums = new(sumL, sumL2, sumXl);
    }

    /// <summary>The same for quotients that may be anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void WildLevels<TWide>(
        float* row, float* end, in TWide inverse, in TWide min, in TWide top, out Sums<TWide> sums)
        where TWide : unmanaged, IWide<TWide>
    {
        TWide sumL = TWide.Create(0);
        TWide sumL2 = TWide.Create(0);
        TWide sumXl = TWide.Create(0);
        for (; row < end; row += 16)
        {
            TWide value = TWide.Load(row);
            TWide level = TWide.Nearest(inverse * (value - min));
            level = TWide.Min(TWide.Max(level, TWide.Create(0)), top);
            level.Store(row + LevelsAt);
            TWide wl = TWide.Load(row + ImportanceAt) * level;
            sumL += wl;
            sumL2 += wl * level;
            sumXl += wl * value;
        }

        sums = new(sumL, sumL2, sumXl);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static TWide Error<TWide, TError>(float* row, float* end, in TWide scale, in TWide min)
        where TWide : unmanaged, IWide<TWide>
        where TError : IError
    {
        TWide factor = scale;
        TWide start = min;
        TWide error = TWide.Create(0);
        for (; row < end; row += 16)
        {
            TWide difference = (factor * TWide.Load(row + LevelsAt)) + start - TWide.Load(row);
            error += TWide.Load(row + ImportanceAt) * TError.Of(difference);
        }

        return error;
    }

    /// <summary>Σ w·l, Σ w·l² and Σ w·l·x.</summary>
    private readonly record struct Sums<TWide>(TWide L, TWide L2, TWide Xl);

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
