namespace ModelPack.Models.Tensors.Views;

/// <summary>Matrices of equal row length, one under the other: the experts of a layer.</summary>
public sealed class StackedSource : TensorSource
{
    private readonly TensorSource[] _parts;

    /// <summary>First row of each part, and after them the number of all rows.</summary>
    private readonly long[] _starts;

    /// <param name="parts">At least one; all of the same row length.</param>
    /// <exception cref="ArgumentException">No parts, or row lengths differ.</exception>
    public StackedSource(IReadOnlyList<TensorSource> parts)
        : base(parts.Aggregate(0L, static (rows, p) => checked(rows + p.Rows)), parts.Count > 0 ? parts[0].Columns : 0)
    {
        if (parts.Count == 0 || parts.Any(p => p.Columns != Columns))
        {
            throw new ArgumentException("expected parts of equal row length", nameof(parts));
        }

        _parts = [.. parts];
        _starts = new long[_parts.Length + 1];
        for (int i = 0; i < _parts.Length; i++)
        {
            _starts[i + 1] = _starts[i] + _parts[i].Rows;
        }

        NaturalType = _parts.All(p => p.NaturalType == _parts[0].NaturalType) ? _parts[0].NaturalType : DType.F32;
        RowGranularity = GranularityOf(_parts);
    }

    /// <inheritdoc/>
    public override DType NaturalType { get; }

    /// <inheritdoc/>
    public override int RowGranularity { get; }

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row)
    {
        // Empty parts share a start with the one behind them.
        int part = Array.BinarySearch(_starts, row);
        part = part < 0 ? ~part - 1 : part;
        while (row - _starts[part] >= _parts[part].Rows)
        {
            part++;
        }

        return _parts[part].Origin(row - _starts[part]);
    }

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        RowRun.Count(this, firstRow, destination);
        int part = Array.BinarySearch(_starts, firstRow);

        // Between two starts the complement names the one behind; empty parts share a start and are stepped over below.
        for (part = part < 0 ? ~part - 1 : part; !destination.IsEmpty; part++)
        {
            long within = firstRow - _starts[part];
            if (within < 0 || within >= _parts[part].Rows)
            {
                continue;
            }

            int length = (int)Math.Min(destination.Length, (_parts[part].Rows - within) * Columns);
            _parts[part].Read(within, destination[..length]);
            destination = destination[length..];
            firstRow += length / Columns;
        }
    }

    private static int GranularityOf(TensorSource[] parts)
    {
        int granularity = parts.Max(static p => p.RowGranularity);
        long rows = parts[0].Rows;
        return rows > 0 && rows < granularity && parts.All(p => p.Rows == rows) ? (int)rows : granularity;
    }
}
