using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving;

/// <summary>tr(A·H·Aᵀ): the mean over tokens of the squared length of A·x.</summary>
internal static class OutputError
{
    /// <summary>Rows of A at a time.</summary>
    private const int PanelRows = 128;

    /// <summary>Bytes of work memory.</summary>
    public static long WorkBytes(int columns) => Panels.BytesOf(PanelRows, columns) + (4L * PanelRows * columns);

    /// <summary>Of a matrix.</summary>
    /// <param name="moments">Rows that enter.</param>
    /// <param name="a">Row-major.</param>
    /// <param name="subtract">Subtracted from a; empty for nothing.</param>
    /// <param name="threads">Number of threads; the result is the same for any.</param>
    public static double Of(InputMoments moments, ReadOnlySpan<float> a, ReadOnlySpan<float> subtract, int threads)
    {
        int columns = moments.Columns;
        int rows = a.Length / columns;
        double sum = 0;
        using Panels panels = new(Math.Min(PanelRows, Math.Max(1, rows)), columns);
        float[] difference = subtract.IsEmpty ? [] : new float[Math.Min(PanelRows, rows) * columns];
        for (int first = 0; first < rows; first += PanelRows)
        {
            int depth = Math.Min(PanelRows, rows - first);
            ReadOnlySpan<float> part = a.Slice(first * columns, depth * columns);
            if (!subtract.IsEmpty)
            {
                ReadOnlySpan<float> other = subtract.Slice(first * columns, depth * columns);
                for (int i = 0; i < part.Length; i++)
                {
                    difference[i] = part[i] - other[i];
                }

                part = difference.AsSpan(0, part.Length);
            }

            panels.PackRows(part, depth);
            sum += LowerProduct.Dot(panels, moments.Gram, threads);
        }

        return moments.Rows == 0 ? 0 : sum / moments.Rows;
    }

    /// <summary>Of a matrix when only the mean squares of the columns are known: what is between columns is left out.</summary>
    public static double OfDiagonal(ReadOnlySpan<float> diagonal, ReadOnlySpan<float> a, ReadOnlySpan<float> subtract)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = subtract.IsEmpty ? a[i] : (double)a[i] - subtract[i];
            sum += difference * difference * diagonal[i % diagonal.Length];
        }

        return sum;
    }
}
