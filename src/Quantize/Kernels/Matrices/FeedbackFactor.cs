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

    /// <summary>Bytes of a factor.</summary>
    public static long BytesOf(int columns) => 2L * columns * (columns + (2 * CornerStride));

    /// <summary>Bytes of what making one needs beside it.</summary>
    public static long WorkBytes(int columns) => (4L * columns * columns) + Cholesky.WorkBytes(columns);

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

    /// <summary>
    /// What the error of a column takes from the best place of each column after it, when those before and after it stay as they are: the
    /// rows of H, each column divided by its element on the diagonal.
    /// </summary>
    /// <param name="order">Columns in the order in which they are visited.</param>
    /// <param name="row">Gives a row of H by its column's number.</param>
    /// <param name="diagonal">The diagonal of H, without damping.</param>
    /// <param name="damping">Added to the diagonal.</param>
    /// <param name="threads">Number of threads.</param>
    public static FeedbackFactor OfMatrix(int[] order, RowReader row, float[] diagonal, float damping, int threads)
    {
        FeedbackFactor factor = new(order);
        int size = order.Length;
        float[] inverses = new float[size];
        for (int k = 0; k < size; k++)
        {
            factor.Pivots[k] = diagonal[order[k]] + damping;
            inverses[k] = 1 / factor.Pivots[k];
        }

        Work.For(size, threads, j =>
        {
            float[] whole = ArrayPool<float>.Shared.Rent(2 * size);
            row(order[j], whole.AsSpan(0, size));
            Span<float> shares = whole.AsSpan(size, size);
            for (int k = j + 1; k < size; k++)
            {
                shares[k] = whole[order[k]] * inverses[k];
            }

            factor.SetRow(j, shares);
            ArrayPool<float>.Shared.Return(whole);
        });
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

        Work.For(size, threads, j =>
        {
            // Row j of the upper factor is row size−1−j of the lower one, read backwards.
            float* row = lower + ((long)(size - 1 - j) * size) + (size - 1);
            float[] shares = ArrayPool<float>.Shared.Rent(size);
            for (int k = j + 1; k < size; k++)
            {
                shares[k] = row[-k] * inverses[k];
            }

            SetRow(j, shares.AsSpan(0, size));
            ArrayPool<float>.Shared.Return(shares);
        });
    }

    /// <summary>Stores what a column's error adds to those after it.</summary>
    private void SetRow(int j, ReadOnlySpan<float> shares)
    {
        int size = Order.Length;
        int block = j / Block;
        int first = block * Block;
        int end = Math.Min(first + Block, size);
        shares[(j + 1)..end].CopyTo(new Span<float>(Corner(block) + ((j - first) * CornerStride) + (j + 1 - first), end - j - 1));
        for (int strip = 0, at = end; at < size; strip++, at += Tile.Rows)
        {
            Span<float> target = new(Strip(block, strip) + ((j - first) * Tile.Rows), Tile.Rows);
            ReadOnlySpan<float> part = shares[at..Math.Min(at + Tile.Rows, size)];
            part.CopyTo(target);
            target[part.Length..].Clear();
        }
    }

    /// <summary>Reads a row of a symmetric matrix.</summary>
    internal delegate void RowReader(int row, Span<float> target);
}
