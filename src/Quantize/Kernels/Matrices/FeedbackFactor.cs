using System.Buffers;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// What the error of a column adds to the columns after it. With H = (I + F)·D·(I + F)ᵀ, F strictly upper triangular, D diagonal, it is a
/// row of F; and Σ D·residual² is the error of a row under H.
/// </summary>
/// <remarks>
/// The same corrections as GPTQ's, which takes them from the Cholesky factor of the inverse: Chee et al., QuIP (2023), theorem 6. Without
/// the inverse it needs a third of the work. F comes from the Cholesky factor of H with rows and columns reversed.
/// Blocks of <see cref="Block"/> columns; the corner of a block is kept row by row, what is right of it in strips of six columns.
/// </remarks>
internal sealed unsafe class FeedbackFactor : IDisposable
{
    /// <summary>Columns of a block.</summary>
    public const int Block = 128;

    /// <summary>Floats from one row of a corner to the next; the six after the block's columns are zero.</summary>
    public const int CornerStride = Block + 8;

    private readonly NativeFloats _corners;
    private readonly NativeFloats _strips;
    private readonly long[] _firstStrips;

    private FeedbackFactor(int[] order)
    {
        Order = order;
        int columns = order.Length;
        int blocks = (columns + Block - 1) / Block;
        _firstStrips = new long[blocks + 1];
        for (int b = 0; b < blocks; b++)
        {
            int rest = Math.Max(0, columns - ((b + 1) * Block));
            _firstStrips[b + 1] = _firstStrips[b] + ((long)Block * Tile.Rows * ((rest + Tile.Rows - 1) / Tile.Rows));
        }

        Pivots = new float[columns];
        _corners = new((long)blocks * Block * CornerStride);
        _strips = new(_firstStrips[^1]);
        new Span<float>(_corners.Pointer, checked(blocks * Block * CornerStride)).Clear();
    }

    /// <summary>Columns in the order in which they are rounded.</summary>
    public int[] Order { get; }

    /// <summary>D.</summary>
    public float[] Pivots { get; }

    /// <summary>Bytes of a factor, work memory of its making included.</summary>
    public static long BytesOf(int columns) =>
        (4L * columns * columns) + (2L * columns * (columns + (2 * CornerStride))) + Cholesky.WorkBytes(columns);

    /// <summary>Factors a matrix.</summary>
    /// <param name="order">Columns in the order in which they are rounded.</param>
    /// <param name="row">Gives a row of H by its column's number.</param>
    /// <param name="damping">Added to the diagonal.</param>
    /// <param name="threads">Number of threads; the result is the same for any.</param>
    /// <param name="cancel">Between blocks.</param>
    /// <returns>Null when the matrix is not positive definite to working precision.</returns>
    public static FeedbackFactor? Of(int[] order, RowReader row, float damping, int threads, CancellationToken cancel = default)
    {
        int size = order.Length;
        using NativeFloats a = new((long)size * size);
        float* matrix = a.Pointer;
        Work.For(
            size,
            threads,
            i =>
            {
                float[] whole = ArrayPool<float>.Shared.Rent(size);
                int column = order[size - 1 - i];
                row(column, whole.AsSpan(0, size));
                float* target = matrix + ((long)i * size);
                for (int j = 0; j < i; j++)
                {
                    target[j] = whole[order[size - 1 - j]];
                }

                target[i] = whole[column] + damping;
                ArrayPool<float>.Shared.Return(whole);
            },
            cancel);
        if (!Cholesky.Factor(matrix, size, threads, cancel))
        {
            return null;
        }

        FeedbackFactor factor = new(order);
        factor.Fill(matrix, threads);
        return factor;
    }

    /// <summary>The corner of a block: [<see cref="Block"/>][<see cref="CornerStride"/>].</summary>
    public float* Corner(int block) => _corners.Pointer + ((long)block * Block * CornerStride);

    /// <summary>Six columns right of a block: [rows of the block][6].</summary>
    /// <param name="block">Block.</param>
    /// <param name="strip">Counted from the end of the block.</param>
    public float* Strip(int block, int strip) =>
        _strips.Pointer + _firstStrips[block] + ((long)strip * Math.Min(Block, Order.Length - (block * Block)) * Tile.Rows);

    public void Dispose()
    {
        _corners.Dispose();
        _strips.Dispose();
    }

    private void Fill(float* lower, int threads)
    {
        int size = Order.Length;
        float[] inverses = new float[size];
        for (int k = 0; k < size; k++)
        {
            float root = lower[((long)(size - 1 - k) * size) + (size - 1 - k)];
            Pivots[k] = root * root;
            inverses[k] = 1 / root;
        }

        Work.For(_firstStrips.Length - 1, threads, block =>
        {
            int first = block * Block;
            int count = Math.Min(Block, size - first);
            for (int j = 0; j < count; j++)
            {
                // Row j of the upper factor is row size−1−j of the lower one, read backwards.
                float* row = lower + ((long)(size - 1 - first - j) * size) + (size - 1);
                float* corner = Corner(block) + (j * CornerStride);
                for (int k = j + 1; k < count; k++)
                {
                    corner[k] = row[-(first + k)] * inverses[first + k];
                }

                int at = first + count;
                for (int strip = 0; at < size; strip++)
                {
                    float* target = Strip(block, strip) + (j * Tile.Rows);
                    for (int k = 0; k < Tile.Rows; k++, at++)
                    {
                        target[k] = at < size ? row[-at] * inverses[at] : 0;
                    }
                }
            }
        });
    }

    /// <summary>Reads a row of a symmetric matrix.</summary>
    internal delegate void RowReader(int row, Span<float> target);
}
