namespace ModelPack.Quantize.Kernels;

/// <summary>The specification of an <see cref="AffineSearch"/>, for one run of weights.</summary>
/// <remarks>Every operation stands in ggml's order: a sum that is associated differently gives other bytes.</remarks>
internal static class AffineFit
{
    /// <summary>Finds x ≈ scale · level − minimum; the scale is 0 when all weights are equal and not positive.</summary>
    /// <param name="search">What to try.</param>
    /// <param name="x">The weights, <c>search.Weights</c> of them, finite.</param>
    /// <param name="importance">What an error in each of them costs.</param>
    /// <param name="levels">Receives the levels.</param>
    /// <returns>Scale and minimum; the minimum is not negative.</returns>
    public static (float Scale, float Minimum) Scalar(
        in AffineSearch search, ReadOnlySpan<float> x, ReadOnlySpan<float> importance, Span<byte> levels)
    {
        (float min, float max) = (x[0], x[0]);
        float sumW = importance[0];
        float sumX = sumW * x[0];
        for (int i = 1; i < x.Length; i++)
        {
            min = x[i] < min ? x[i] : min;
            max = x[i] > max ? x[i] : max;
            sumW += importance[i];
            sumX += importance[i] * x[i];
        }

        min = min > 0 ? 0 : min;
        if (max == min)
        {
            levels.Clear();
            return (0, -min);
        }

        float inverse = search.Top / (max - min);
        float scale = 1 / inverse;
        for (int i = 0; i < x.Length; i++)
        {
            levels[i] = Level(search, inverse * (x[i] - min));
        }

        float best = Error(search, x, importance, levels, scale, min);
        Span<byte> tried = stackalloc byte[x.Length];
        for (int step = 0; step <= search.LastStep; step++)
        {
            // From a better try on, the range starts at its minimum.
            inverse = search.StepsOf(step) / (max - min);
            float sumL = 0, sumL2 = 0, sumXl = 0;
            for (int i = 0; i < x.Length; i++)
            {
                tried[i] = Level(search, inverse * (x[i] - min));
                float wl = importance[i] * tried[i];
                sumL += wl;
                sumL2 += wl * tried[i];
                sumXl += wl * x[i];
            }

            float determinant = (sumW * sumL2) - (sumL * sumL);
            if (!(determinant > 0))
            {
                continue;
            }

            float newScale = ((sumW * sumXl) - (sumX * sumL)) / determinant;
            float newMin = ((sumL2 * sumX) - (sumL * sumXl)) / determinant;
            if (newMin > 0)
            {
                newMin = 0;
                newScale = sumXl / sumL2;
            }

            float error = Error(search, x, importance, tried, newScale, newMin);
            if (error < best)
            {
                tried.CopyTo(levels);
                (best, scale, min) = (error, newScale, newMin);
            }
        }

        return (scale, -min);
    }

    /// <summary>Level of a quotient.</summary>
    public static byte Level(in AffineSearch search, float quotient) =>
        (byte)Rounding.Nearest(quotient, 0, search.Top);

    private static float Error(
        in AffineSearch search, ReadOnlySpan<float> x, ReadOnlySpan<float> importance, ReadOnlySpan<byte> levels, float scale,
        float min)
    {
        float error = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float difference = (scale * levels[i]) + min - x[i];
            error += importance[i] * (search.Absolute ? MathF.Abs(difference) : difference * difference);
        }

        return error;
    }
}
