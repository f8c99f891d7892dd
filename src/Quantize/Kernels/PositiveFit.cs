namespace ModelPack.Quantize.Kernels;

/// <summary>Fits values that are not negative to scale · level, by weight; K types code their sub-blocks' scales so.</summary>
/// <remarks>Source: ggml v0.5.0, ggml-quants.c: make_qp_quants, operation for operation.</remarks>
internal static class PositiveFit
{
    /// <summary>Rounds of improving one level after the other.</summary>
    public const int Rounds = 5;

    /// <summary>The scales tried before are those that make the peak level 0.1·n higher, n from -4 to 4.</summary>
    public const int Reach = 4;

    /// <summary>Finds the scale and the levels; a negative value's level wraps to a byte, as in ggml.</summary>
    /// <param name="top">The largest level.</param>
    /// <param name="x">The values.</param>
    /// <param name="weights">What an error in each of them costs.</param>
    /// <param name="levels">Receives the levels.</param>
    /// <returns>The scale.</returns>
    public static float Scalar(int top, ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<byte> levels)
    {
        float peak = 0;
        foreach (float value in x)
        {
            peak = peak > value ? peak : value;
        }

        if (peak < ScaleSearch.Negligible)
        {
            levels.Clear();
            return 0;
        }

        float inverse = BestInverse(top, peak, x, weights);
        float sumLx = 0, sumL2 = 0;
        for (int i = 0; i < x.Length; i++)
        {
            int level = Math.Min(top, Rounding.Nearest(inverse * x[i]));
            levels[i] = (byte)level;
            sumLx += weights[i] * x[i] * level;
            sumL2 += weights[i] * level * level;
        }

        bool changed = true;
        for (int round = 0; round < Rounds && changed; round++)
        {
            changed = false;
            for (int i = 0; i < x.Length; i++)
            {
                float restLx = sumLx - (weights[i] * x[i] * levels[i]);
                float restL2 = sumL2 - (weights[i] * levels[i] * levels[i]);
                if (!(restLx > 0 && restL2 > 0))
                {
                    continue;
                }

                int level = Math.Min(top, Rounding.Nearest(x[i] * restL2 / restLx));
                float newLx = restLx + (weights[i] * x[i] * level);
                float newL2 = restL2 + (weights[i] * level * level);
                if (level != levels[i] && newLx * newLx * sumL2 > sumLx * sumLx * newL2)
                {
                    levels[i] = (byte)level;
                    (sumLx, sumL2, changed) = (newLx, newL2, true);
                }
            }
        }

        return sumL2 > 0 ? sumLx / sumL2 : 0;
    }

    private static float BestInverse(int top, float peak, ReadOnlySpan<float> x, ReadOnlySpan<float> weights)
    {
        float inverse = top / peak;
        float scale = 1 / inverse;
        float best = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float difference = x[i] - (scale * (byte)Rounding.Nearest(inverse * x[i]));
            best += weights[i] * difference * difference;
        }

        for (int n = -Reach; n <= Reach; n++)
        {
            float triedInverse = ((0.1f * n) + top) / peak;
            float triedScale = 1 / triedInverse;
            float error = 0;
            for (int i = 0; i < x.Length; i++)
            {
                float difference = x[i] - (triedScale * Math.Min(top, Rounding.Nearest(triedInverse * x[i])));
                error += weights[i] * difference * difference;
            }

            if (n != 0 && error < best)
            {
                (best, inverse) = (error, triedInverse);
            }
        }

        return inverse;
    }
}
