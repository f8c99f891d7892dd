using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>The lower triangle of narrowᵀ · wide, added to a matrix: a Gram matrix, or the update of a Cholesky factor.</summary>
internal static unsafe class LowerProduct
{
    /// <summary>Strips of six rows that one thread does in one go, so that they are reused from the nearest cache.</summary>
    private const int Strips = 8;

    /// <summary>Adds the product. Elements above the diagonal get unspecified values.</summary>
    /// <param name="panels">Factors, packed.</param>
    /// <param name="c">First element, [width, width].</param>
    /// <param name="stride">Floats from one row of c to the next.</param>
    /// <param name="threads">Number of threads; the result is the same for any.</param>
    public static void Add(Panels panels, float* c, nint stride, int threads)
    {
        int width = panels.Width;
        int strips = (width + Tile.Rows - 1) / Tile.Rows;
        int parts = (strips + Strips - 1) / Strips;

        // From the bottom up: the longest rows first, so that threads end together.
        Work.For(parts, threads, part => AddRows(panels, c, stride, parts - 1 - part));
    }

    /// <summary>Σ over all i, j of (narrowᵀ · wide)[i, j] · h[i, j], for a symmetric h of which only the lower triangle is read.</summary>
    public static double Dot(Panels panels, float[] h, int threads)
    {
        int strips = (panels.Width + Tile.Rows - 1) / Tile.Rows;
        int parts = (strips + Strips - 1) / Strips;
        double[] sums = new double[parts];
        Work.For(parts, threads, part => sums[parts - 1 - part] = DotRows(panels, h, parts - 1 - part));
        return sums.Sum();
    }

    private static double DotRows(Panels panels, float[] h, int part)
    {
        int width = panels.Width;
        int end = Math.Min(width, (part + 1) * Strips * Tile.Rows);
        float* product = stackalloc float[Tile.Rows * Tile.Columns];
        double sum = 0;
        for (int column = 0; column < end; column += Tile.Columns)
        {
            float* wide = panels.Wide(column / Tile.Columns);
            for (int strip = part * Strips; strip < (part + 1) * Strips && strip * Tile.Rows < width; strip++)
            {
                int row = strip * Tile.Rows;
                if (column >= row + Tile.Rows)
                {
                    continue;
                }

                new Span<float>(product, Tile.Rows * Tile.Columns).Clear();
                Tile.Add(panels.Depth, panels.Narrow(strip), Tile.Rows, wide, product, Tile.Columns);
                sum += row + Tile.Rows <= width && column + Tile.Columns <= row
                    ? 2 * DotBelow(product, h, (row * width) + column, width)
                    : DotEdge(product, h, row, column, width);
            }
        }

        return sum;
    }

    /// <summary>A whole tile below the diagonal.</summary>
    private static double DotBelow(float* product, float[] h, int at, int stride)
    {
        Vector256<float> sum = default;
        fixed (float* values = &h[at])
        {
            for (int i = 0; i < Tile.Rows; i++)
            {
                float* row = values + ((long)i * stride);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(product + (i * Tile.Columns)), Vector256.Load(row), sum);
                sum = Vector256.FusedMultiplyAdd(Vector256.Load(product + (i * Tile.Columns) + 8), Vector256.Load(row + 8), sum);
            }
        }

        double total = 0;
        for (int lane = 0; lane < Vector256<float>.Count; lane++)
        {
            total += sum[lane];
        }

        return total;
    }

    private static double DotEdge(float* product, float[] h, int row, int column, int width)
    {
        double sum = 0;
        for (int i = row; i < Math.Min(row + Tile.Rows, width); i++)
        {
            float* products = product + ((i - row) * Tile.Columns);
            ReadOnlySpan<float> values = h.AsSpan((i * width) + column, Math.Max(0, Math.Min(Tile.Columns, i + 1 - column)));
            for (int j = 0; j < values.Length; j++)
            {
                sum += (column + j == i ? 1d : 2d) * products[j] * values[j];
            }
        }

        return sum;
    }

    private static void AddRows(Panels panels, float* c, nint stride, int part)
    {
        int width = panels.Width;
        int end = Math.Min(width, (part + 1) * Strips * Tile.Rows);
        for (int column = 0; column < end; column += Tile.Columns)
        {
            float* wide = panels.Wide(column / Tile.Columns);
            for (int strip = part * Strips; strip < (part + 1) * Strips && strip * Tile.Rows < width; strip++)
            {
                int row = strip * Tile.Rows;
                if (column >= row + Tile.Rows)
                {
                    continue;
                }

                float* target = c + (row * stride) + column;
                if (row + Tile.Rows <= width && column + Tile.Columns <= width)
                {
                    Tile.Add(panels.Depth, panels.Narrow(strip), Tile.Rows, wide, target, stride);
                }
                else
                {
                    Tile.AddPart(panels.Depth, panels.Narrow(strip), Tile.Rows, wide, target, stride, width - row, width - column);
                }
            }
        }
    }
}
