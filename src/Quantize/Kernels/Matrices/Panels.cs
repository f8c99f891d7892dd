namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>
/// A matrix [depth, width] twice, in strips as <see cref="Tile"/> reads them: six columns wide and sixteen columns wide, zeros where
/// the last strip has no columns. The memory can be used again and again.
/// </summary>
/// <param name="maximumDepth">Greatest depth.</param>
/// <param name="width">Columns.</param>
internal sealed unsafe class Panels(int maximumDepth, int width) : IDisposable
{
    private readonly NativeFloats _narrow = new((long)maximumDepth * (width + Tile.Rows));
    private readonly NativeFloats _wide = new((long)maximumDepth * (width + Tile.Columns));

    /// <summary>Rows that were packed.</summary>
    public int Depth { get; private set; }

    /// <summary>Columns that were packed.</summary>
    public int Width { get; private set; }

    /// <summary>Bytes of memory for a size.</summary>
    public static long BytesOf(int maximumDepth, int width) => 4L * maximumDepth * ((2L * width) + Tile.Rows + Tile.Columns);

    /// <summary>Strip of columns 6·<paramref name="strip"/> …: [depth][6].</summary>
    public float* Narrow(int strip) => _narrow.Pointer + ((long)strip * Depth * Tile.Rows);

    /// <summary>Strip of columns 16·<paramref name="strip"/> …: [depth][16].</summary>
    public float* Wide(int strip) => _wide.Pointer + ((long)strip * Depth * Tile.Columns);

    /// <summary>Packs rows one after the other.</summary>
    /// <param name="rows">[depth, width].</param>
    /// <param name="depth">Number of rows.</param>
    public void PackRows(ReadOnlySpan<float> rows, int depth)
    {
        (Depth, Width) = (depth, width);
        for (int k = 0; k < depth; k++)
        {
            ReadOnlySpan<float> row = rows.Slice(k * width, width);
            Spread(row, Narrow(0) + (k * Tile.Rows), Tile.Rows);
            Spread(row, Wide(0) + (k * Tile.Columns), Tile.Columns);
        }
    }

    /// <summary>Packs the transpose of a part of a matrix: what was its column becomes a row. The narrow strips get it negated.</summary>
    /// <param name="matrix">First element of the part, [columns, depth].</param>
    /// <param name="stride">Floats from one row of the matrix to the next.</param>
    /// <param name="columns">Rows of the part, at most the width that there is memory for.</param>
    /// <param name="depth">Columns of the part.</param>
    public void PackTransposed(float* matrix, nint stride, int columns, int depth)
    {
        (Depth, Width) = (depth, columns);
        SpreadTransposed(matrix, stride, columns, _narrow.Pointer, Tile.Rows, -1);
        SpreadTransposed(matrix, stride, columns, _wide.Pointer, Tile.Columns, 1);
    }

    public void Dispose()
    {
        _narrow.Dispose();
        _wide.Dispose();
    }

    private void Spread(ReadOnlySpan<float> row, float* target, int strip)
    {
        nint step = (nint)Depth * strip;
        for (; row.Length >= strip; row = row[strip..], target += step)
        {
            row[..strip].CopyTo(new Span<float>(target, strip));
        }

        if (row.Length > 0)
        {
            Span<float> last = new(target, strip);
            last.Clear();
            row.CopyTo(last);
        }
    }

    private void SpreadTransposed(float* matrix, nint stride, int columns, float* target, int strip, float sign)
    {
        for (int first = 0; first < columns; first += strip, target += Depth * strip)
        {
            for (int i = 0; i < strip; i++)
            {
                float* row = matrix + ((first + i) * stride);
                bool exists = first + i < columns;
                for (int k = 0; k < Depth; k++)
                {
                    target[(k * strip) + i] = exists ? sign * row[k] : 0;
                }
            }
        }
    }
}
