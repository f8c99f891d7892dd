using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary><see cref="AffineFit"/> for sixteen runs at once, one a lane.</summary>
/// <remarks>
/// Row l of a buffer is weight l of the sixteen runs. No levels are kept: whoever needs them computes
/// <see cref="AffineFit.Level"/> of <c>LevelInverse · (x − LevelMin)</c>, which is how the best try made them.
/// </remarks>
internal static unsafe class AffineLanes
{
    /// <summary>Where the rows of importance begin, behind those of the longest run of weights.</summary>
    public const int ImportanceRow = 32;

    /// <summary>Rows that <see cref="Fit{TLanes}(in AffineSearch, LaneRows)"/> works in.</summary>
    public const int Rows = 3 * ImportanceRow;

    private const int ImportanceAt = ImportanceRow * 16;

    private const int LevelsAt = 2 * ImportanceAt;

    /// <summary>Finds scale and minimum of each run.</summary>
    /// <param name="search">What to try.</param>
    /// <param name="rows">
    /// <see cref="Rows"/> of them: finite weights, from <see cref="ImportanceRow"/> on what an error in each of them costs,
    /// and room behind.
    /// </param>
    public static AffineLanes<TLanes> Fit<TLanes>(in AffineSearch search, LaneRows rows)
        where TLanes : struct, ILanes<TLanes> =>
        search.Absolute ? Fit<TLanes, AbsoluteError>(search, rows.First) : Fit<TLanes, SquaredError>(search, rows.First);

    /// <summary><see cref="AffineFit.Level"/> of quotients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Level<TLanes>(TLanes quotient, int top)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.Min(TLanes.Max(TLanes.Nearest(quotient), TLanes.Create(0)), TLanes.Create(top));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static AffineLanes<TLanes> Fit<TLanes, TError>(in AffineSearch search, float* rows)
        where TLanes : struct, ILanes<TLanes>
        where TError : IError
    {
        float* end = rows + (search.Weights * 16);
        TLanes zero = TLanes.Create(0);
        TLanes min = TLanes.Load(in *rows);
        TLanes max = min;
        TLanes sumW = TLanes.Load(in rows[ImportanceAt]);
        TLanes sumX = sumW * min;
        for (float* row = rows + 16; row < end; row += 16)
        {
            TLanes value = TLanes.Load(in *row);
            TLanes w = TLanes.Load(in row[ImportanceAt]);

            // The first of zeros counts: the sign of the minimum may be stored.
            min = TLanes.Select(TLanes.GreaterThan(min, value), value, min);
            max = TLanes.Max(value, max);
            sumW += w;
            sumX += w * value;
        }

        min = TLanes.AndNot(min, TLanes.GreaterThan(min, zero));
        TLanes flat = TLanes.EqualTo(max, min);
        TLanes lowest = min;
        TLanes inverse = TLanes.Create(search.Top) / Range(max, min, flat);
        TLanes scale = TLanes.Create(1) / inverse;
        Levels(rows, end, inverse, min, lowest, max, search.Top, out Sums<TLanes> sums);
        TLanes best = Error<TLanes, TError>(rows, end, scale, min);
        TLanes levelInverse = inverse;
        TLanes levelMin = min;
        for (int step = 0; step <= search.LastStep; step++)
        {
            inverse = TLanes.Create(search.StepsOf(step)) / Range(max, min, flat);
            Levels(rows, end, inverse, min, lowest, max, search.Top, out sums);
            TLanes determinant = (sumW * sums.L2) - (sums.L * sums.L);
            TLanes solvable = TLanes.AndNot(TLanes.GreaterThan(determinant, zero), flat);
            if (!TLanes.Any(solvable))
            {
                continue;
            }

            TLanes newScale = ((sumW * sums.Xl) - (sumX * sums.L)) / determinant;
            TLanes newMin = ((sums.L2 * sumX) - (sums.L * sums.Xl)) / determinant;
            TLanes positive = TLanes.GreaterThan(newMin, zero);
            if (TLanes.Any(positive))
            {
                newMin = TLanes.AndNot(newMin, positive);
                newScale = TLanes.Select(positive, sums.Xl / sums.L2, newScale);
            }

            TLanes error = Error<TLanes, TError>(rows, end, newScale, newMin);
            TLanes better = TLanes.GreaterThan(best, error) & solvable;
            if (TLanes.Any(better))
            {
                levelInverse = TLanes.Select(better, inverse, levelInverse);
                levelMin = TLanes.Select(better, min, levelMin);
                best = TLanes.Select(better, error, best);
                scale = TLanes.Select(better, newScale, scale);
                min = TLanes.Select(better, newMin, min);
            }
        }

        return new(TLanes.AndNot(scale, flat), min, TLanes.AndNot(levelInverse, flat), levelMin);
    }

    /// <summary>The divisor max - min; any number will do in a lane whose weights are all equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Range<TLanes>(TLanes max, TLanes min, TLanes flat)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.Select(flat, TLanes.Create(1), max - min);

    /// <summary>Whether all quotients round as numbers do; rounding keeps their order, so the outermost tell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool InRange<TLanes>(TLanes inverse, TLanes min, TLanes lowest, TLanes highest)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes limit = TLanes.Create(Rounding.Limit);
        return TLanes.All(TLanes.GreaterThan(limit, TLanes.Abs(inverse * (lowest - min)))
            & TLanes.GreaterThan(limit, TLanes.Abs(inverse * (highest - min))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Levels<TLanes>(
        float* rows, float* end, TLanes inverse, TLanes min, TLanes lowest, TLanes highest, int top, out Sums<TLanes> sums)
        where TLanes : struct, ILanes<TLanes>
    {
        if (InRange(inverse, min, lowest, highest))
        {
            TameLevels(rows, end, inverse, min, top, out sums);
        }
        else
        {
            WildLevels(rows, end, inverse, min, top, out sums);
        }
    }

    // The loops below are methods of their own so that all their values find a register.

    /// <summary>Levels and their sums. Cutting before rounding is the same as after, and adding 1.5·2²³ rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TameLevels<TLanes>(
        float* row, float* end, in TLanes inverse, in TLanes min, float top, out Sums<TLanes> sums)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes factor = inverse;
        TLanes start = min;
        TLanes tops = TLanes.Create(top);
        TLanes sumL = TLanes.Create(0);
        TLanes sumL2 = TLanes.Create(0);
        TLanes sumXl = TLanes.Create(0);
        for (; row < end; row += 16)
        {
            TLanes value = TLanes.Load(in *row);
            TLanes level = TLanes.Min(TLanes.Max(factor * (value - start), TLanes.Create(0)), tops);
            level = level + TLanes.Create(Rounding.Magic) - TLanes.Create(Rounding.Magic);
            level.Store(ref row[LevelsAt]);
            TLanes wl = TLanes.Load(in row[ImportanceAt]) * level;
            sumL += wl;
            sumL2 += wl * level;
            sumXl += wl * value;
        }

        sums = new(sumL, sumL2, sumXl);
    }

    /// <summary>The same for quotients that may be anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void WildLevels<TLanes>(
        float* row, float* end, in TLanes inverse, in TLanes min, int top, out Sums<TLanes> sums)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes sumL = TLanes.Create(0);
        TLanes sumL2 = TLanes.Create(0);
        TLanes sumXl = TLanes.Create(0);
        for (; row < end; row += 16)
        {
            TLanes value = TLanes.Load(in *row);
            TLanes level = Level(inverse * (value - min), top);
            level.Store(ref row[LevelsAt]);
            TLanes wl = TLanes.Load(in row[ImportanceAt]) * level;
            sumL += wl;
            sumL2 += wl * level;
            sumXl += wl * value;
        }

        sums = new(sumL, sumL2, sumXl);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static TLanes Error<TLanes, TError>(float* row, float* end, in TLanes scale, in TLanes min)
        where TLanes : struct, ILanes<TLanes>
        where TError : IError
    {
        TLanes factor = scale;
        TLanes start = min;
        TLanes error = TLanes.Create(0);
        for (; row < end; row += 16)
        {
            TLanes difference = (factor * TLanes.Load(in row[LevelsAt])) + start - TLanes.Load(in *row);
            error += TLanes.Load(in row[ImportanceAt]) * TError.Of(difference);
        }

        return error;
    }

    /// <summary>Σ w·l, Σ w·l² and Σ w·l·x.</summary>
    private readonly record struct Sums<TLanes>(TLanes L, TLanes L2, TLanes Xl);

    private interface IError
    {
        static abstract TLanes Of<TLanes>(TLanes difference)
            where TLanes : struct, ILanes<TLanes>;
    }

    private readonly struct SquaredError : IError
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Of<TLanes>(TLanes difference)
            where TLanes : struct, ILanes<TLanes> => difference * difference;
    }

    private readonly struct AbsoluteError : IError
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TLanes Of<TLanes>(TLanes difference)
            where TLanes : struct, ILanes<TLanes> => TLanes.Abs(difference);
    }
}

/// <summary>What <see cref="AffineLanes"/> found, a run a lane.</summary>
/// <param name="Scale">Scale; 0 when all weights are equal and not positive.</param>
/// <param name="Min">The weight of level 0, not positive: the minimum, negated.</param>
/// <param name="LevelInverse">With <paramref name="LevelMin"/>, how the levels follow from the weights.</param>
/// <param name="LevelMin">See there.</param>
internal readonly record struct AffineLanes<TLanes>(TLanes Scale, TLanes Min, TLanes LevelInverse, TLanes LevelMin)
    where TLanes : struct, ILanes<TLanes>;
