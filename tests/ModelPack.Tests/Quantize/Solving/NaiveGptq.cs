using ModelPack.Quantize.Solving;

namespace ModelPack.Tests.Quantize.Solving;

/// <summary>GPTQ as its paper has it: double precision, column by column, with the Cholesky factor of the inverse Hessian.</summary>
internal static class NaiveGptq
{
    /// <summary>XᵀX / rows of rows one after the other.</summary>
    public static double[,] Hessian(ReadOnlySpan<float> rows, int columns)
    {
        double[,] h = new double[columns, columns];
        int count = rows.Length / columns;
        for (int t = 0; t < count; t++)
        {
            for (int i = 0; i < columns; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    h[i, j] += (double)rows[(t * columns) + i] * rows[(t * columns) + j] / count;
                }
            }
        }

        return h;
    }

    /// <summary>Σ over rows of Δ·H·Δᵀ.</summary>
    public static double Error(ReadOnlySpan<float> weights, ReadOnlySpan<float> decoded, double[,] h)
    {
        int columns = h.GetLength(0);
        double sum = 0;
        for (int row = 0; row < weights.Length / columns; row++)
        {
            for (int i = 0; i < columns; i++)
            {
                double inner = 0;
                for (int j = 0; j < columns; j++)
                {
                    inner += h[i, j] * ((double)weights[(row * columns) + j] - decoded[(row * columns) + j]);
                }

                sum += inner * ((double)weights[(row * columns) + i] - decoded[(row * columns) + i]);
            }
        }

        return sum;
    }

    /// <summary>Columns by mean square, and the factor of the inverse.</summary>
    /// <param name="h">Hessian, not damped.</param>
    /// <param name="damping">Share of the mean diagonal.</param>
    /// <param name="activationOrder">Greatest diagonal first.</param>
    public static (int[] Order, double[,] Upper) Factor(double[,] h, double damping, bool activationOrder = true)
    {
        int columns = h.GetLength(0);
        double mean = Enumerable.Range(0, columns).Average(i => h[i, i]);
        int[] order = activationOrder
            ? [.. Enumerable.Range(0, columns).OrderByDescending(i => (float)h[i, i]).ThenBy(static i => i)]
            : [.. Enumerable.Range(0, columns)];
        double[,] damped = new double[columns, columns];
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                damped[i, j] = h[order[i], order[j]] + (i == j ? damping * mean : 0);
            }
        }

        return (order, Transposed(Cholesky(Inverse(damped))));
    }

    /// <summary>Chooses codes for steps that are given.</summary>
    /// <param name="weights">Row-major.</param>
    /// <param name="factor">Of the Hessian.</param>
    /// <param name="layout">Of the grid.</param>
    /// <param name="steps">Run after run, row after row.</param>
    public static byte[] Codes(ReadOnlySpan<float> weights, (int[] Order, double[,] Upper) factor, LevelLayout layout, LevelStep[] steps)
    {
        (int[] order, double[,] upper) = factor;
        int columns = order.Length;
        int rows = weights.Length / columns;
        byte[] codes = new byte[weights.Length];
        for (int row = 0; row < rows; row++)
        {
            double[] w = new double[columns];
            for (int j = 0; j < columns; j++)
            {
                w[j] = weights[(row * columns) + order[j]];
            }

            for (int j = 0; j < columns; j++)
            {
                LevelStep step = steps[(row * layout.Runs) + (order[j] / layout.Run)];
                double level = step.Step == 0 ? 0 : Math.Round((w[j] - step.Offset) / step.Step, MidpointRounding.ToEven);
                level = Math.Clamp(level, step.Lowest, step.Lowest + layout.Top);
                codes[(row * columns) + order[j]] = (byte)(level - step.Lowest);
                double error = (w[j] - ((step.Step * level) + step.Offset)) / upper[j, j];
                for (int k = j; k < columns; k++)
                {
                    w[k] -= error * upper[j, k];
                }
            }
        }

        return codes;
    }

    /// <summary>The lower factor.</summary>
    public static double[,] Cholesky(double[,] a)
    {
        int n = a.GetLength(0);
        double[,] l = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= l[i, k] * l[j, k];
                }

                l[i, j] = i == j ? Math.Sqrt(sum) : sum / l[j, j];
            }
        }

        return l;
    }

    private static double[,] Inverse(double[,] a)
    {
        int n = a.GetLength(0);
        double[,] l = Cholesky(a);
        double[,] inverse = new double[n, n];
        for (int column = 0; column < n; column++)
        {
            double[] x = new double[n];
            for (int i = 0; i < n; i++)
            {
                double sum = i == column ? 1 : 0;
                for (int k = 0; k < i; k++)
                {
                    sum -= l[i, k] * x[k];
                }

                x[i] = sum / l[i, i];
            }

            for (int i = n - 1; i >= 0; i--)
            {
                double sum = x[i];
                for (int k = i + 1; k < n; k++)
                {
                    sum -= l[k, i] * x[k];
                }

                x[i] = sum / l[i, i];
            }

            for (int i = 0; i < n; i++)
            {
                inverse[i, column] = x[i];
            }
        }

        return inverse;
    }

    private static double[,] Transposed(double[,] a)
    {
        int n = a.GetLength(0);
        double[,] t = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                t[j, i] = a[i, j];
            }
        }

        return t;
    }
}
