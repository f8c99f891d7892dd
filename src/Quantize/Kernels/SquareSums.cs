namespace ModelPack.Quantize.Kernels;

/// <summary>Sums of squares in the order of the weights, which fixes their rounding; four runs side by side to hide the wait.</summary>
internal static class SquareSums
{
    /// <summary>One sum for each run.</summary>
    /// <param name="weights">Runs one after the other.</param>
    /// <param name="run">Weights in a run.</param>
    /// <param name="sums">Receives as many sums as there are runs.</param>
    public static void OfRuns(ReadOnlySpan<float> weights, int run, Span<float> sums)
    {
        int i = 0;
        for (; i + 4 <= sums.Length; i += 4)
        {
            ReadOnlySpan<float> a = weights.Slice(i * run, run);
            ReadOnlySpan<float> b = weights.Slice((i + 1) * run, run);
            ReadOnlySpan<float> c = weights.Slice((i + 2) * run, run);
            ReadOnlySpan<float> d = weights.Slice((i + 3) * run, run);
            float sumA = 0;
            float sumB = 0;
            float sumC = 0;
            float sumD = 0;
            for (int l = 0; l < a.Length && l < b.Length && l < c.Length && l < d.Length; l++)
            {
                sumA += a[l] * a[l];
                sumB += b[l] * b[l];
                sumC += c[l] * c[l];
                sumD += d[l] * d[l];
            }

            (sums[i], sums[i + 1], sums[i + 2], sums[i + 3]) = (sumA, sumB, sumC, sumD);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] = Of(weights.Slice(i * run, run));
        }
    }

    /// <summary>The sum over one run.</summary>
    public static float Of(ReadOnlySpan<float> run)
    {
        float sum = 0;
        foreach (float weight in run)
        {
            sum += weight * weight;
        }

        return sum;
    }
}
