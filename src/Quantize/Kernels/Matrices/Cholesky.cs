namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>The Cholesky factor of a positive definite matrix: A = L·Lᵀ, L lower triangular, in A's place.</summary>
internal static unsafe class Cholesky
{
    /// <summary>Columns factored at a time; a multiple of a tile's rows and columns.</summary>
    private const int Block = 96;

    /// <summary>Bytes of work memory.</summary>
    public static long WorkBytes(int size) => Panels.BytesOf(Block, size) + (4L * 2 * Block * Block);

    /// <summary>Factors a matrix.</summary>
    /// <param name="a">[size, size]; the lower triangle is read and replaced, the rest is scratch.</param>
    /// <param name="size">Rows.</param>
    /// <param name="threads">Number of threads; the result is the same for any.</param>
    /// <param name="cancel">Between blocks.</param>
    /// <returns>False, and a spoiled, when the matrix is not positive definite to working precision.</returns>
    public static bool Factor(float* a, int size, int threads, CancellationToken cancel = default)
    {
        using Panels panels = new(Block, size);
        using NativeFloats inverse = new((Block + Tile.Columns) * Block);
        for (int first = 0; first < size; first += Block)
        {
            cancel.ThrowIfCancellationRequested();
            int count = Math.Min(Block, size - first);
            float* corner = a + ((long)first * size) + first;
            if (!FactorCorner(corner, size, count))
            {
                return false;
            }

            int rest = size - first - count;
            if (rest > 0)
            {
                Invert(corner, size, count, inverse.Pointer);
                float* below = corner + ((long)count * size);
                Solve(below, size, rest, count, inverse.Pointer, threads);
                panels.PackTransposed(below, size, rest, count);
                LowerProduct.Add(panels, below + count, size, threads);
            }
        }

        return true;
    }

    /// <summary>One element after the other, sums in double precision: the corners decide whether the matrix is positive.</summary>
    /// <param name="a">[count, count]; the lower triangle is read and replaced.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="count">Rows.</param>
    /// <returns>False, and a spoiled, when the corner is not positive definite to working precision.</returns>
    public static bool FactorCorner(float* a, nint stride, int count)
    {
        for (int j = 0; j < count; j++)
        {
            float* rowJ = a + (j * stride);
            double pivot = rowJ[j] - Dot(rowJ, rowJ, j);
            if (!(pivot > 0) || !double.IsFinite(pivot))
            {
                return false;
            }

            double root = Math.Sqrt(pivot);
            rowJ[j] = (float)root;
            for (int i = j + 1; i < count; i++)
            {
                float* rowI = a + (i * stride);
                rowI[j] = (float)((rowI[j] - Dot(rowI, rowJ, j)) / root);
            }
        }

        return true;
    }

    private static double Dot(float* x, float* y, int count)
    {
        double even = 0;
        double odd = 0;
        int i = 0;
        for (; i + 1 < count; i += 2)
        {
            even += (double)x[i] * y[i];
            odd += (double)x[i + 1] * y[i + 1];
        }

        return i < count ? even + odd + ((double)x[i] * y[i]) : even + odd;
    }

    /// <summary>A column of the inverse of a lower triangular corner.</summary>
    /// <param name="corner">[count, count]; the lower triangle is read.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="count">Rows.</param>
    /// <param name="k">Which column.</param>
    /// <param name="column">[count]; filled from k on.</param>
    public static void InvertColumn(float* corner, nint stride, int count, int k, double* column)
    {
        for (int j = k; j < count; j++)
        {
            double sum = j == k ? 1 : 0;
            float* row = corner + (j * stride);
            for (int l = k; l < j; l++)
            {
                sum -= row[l] * column[l];
            }

            column[j] = sum / row[j];
        }
    }

    /// <summary>The transposed inverse of a corner, in strips of sixteen columns: strip[k][j] = inverse[j, k].</summary>
    private static void Invert(float* corner, nint stride, int count, float* strips)
    {
        new Span<float>(strips, (Block + Tile.Columns) * Block).Clear();
        double* column = stackalloc double[Block];
        for (int k = 0; k < count; k++)
        {
            InvertColumn(corner, stride, count, k, column);
            for (int j = k; j < count; j++)
            {
                strips[(((long)(j / Tile.Columns) * count) + k) * Tile.Columns + (j % Tile.Columns)] = (float)column[j];
            }
        }
    }

    /// <summary>Rows below a corner: each times the transposed inverse.</summary>
    private static void Solve(float* below, nint stride, int rows, int count, float* strips, int threads) =>
        Work.For((rows + Tile.Rows - 1) / Tile.Rows, threads, part =>
        {
            int first = part * Tile.Rows;
            int some = Math.Min(Tile.Rows, rows - first);
            float* narrow = stackalloc float[Tile.Rows * Block];
            float* row = below + (first * stride);
            for (int k = 0; k < count; k++)
            {
                for (int i = 0; i < Tile.Rows; i++)
                {
                    narrow[(k * Tile.Rows) + i] = i < some ? row[(i * stride) + k] : 0;
                }
            }

            for (int i = 0; i < some; i++)
            {
                new Span<float>(row + (i * stride), count).Clear();
            }

            for (int column = 0; column < count; column += Tile.Columns)
            {
                float* wide = strips + ((long)column * count);
                if (some == Tile.Rows && column + Tile.Columns <= count)
                {
                    Tile.Add(count, narrow, Tile.Rows, wide, row + column, stride);
                }
                else
                {
                    Tile.AddPart(count, narrow, Tile.Rows, wide, row + column, stride, some, count - column);
                }
            }
        });
}
