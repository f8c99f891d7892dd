using System.Buffers;

namespace ModelPack.Models.Tensors.Views;

/// <summary>The same weights in the same order, cut into rows of another length.</summary>
public sealed class ReshapedSource : TensorSource
{
    private readonly TensorSource _source;

    /// <param name="source">The weights.</param>
    /// <param name="columns">New row length; must divide the number of weights.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    public ReshapedSource(TensorSource source, int columns)
        : base(CountRows(source, columns), columns)
    {
        _source = source;
    }

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity
    {
        get
        {
            long weights = (long)_source.RowGranularity * _source.Columns;
            return Columns > 0 && weights % Columns == 0 ? (int)Math.Clamp(weights / Columns, 1, int.MaxValue) : 1;
        }
    }

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row) => Columns == _source.Columns ? _source.Origin(row) : null;

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        RowRun.Count(this, firstRow, destination);
        if (destination.IsEmpty)
        {
            return;
        }

        (long row, long within) = Math.DivRem(firstRow * Columns, _source.Columns);
        if (within > 0)
        {
            int taken = (int)Math.Min(destination.Length, _source.Columns - within);
            ReadPart(row++, (int)within, destination[..taken]);
            destination = destination[taken..];
        }

        int whole = destination.Length / _source.Columns * _source.Columns;
        if (whole > 0)
        {
            _source.Read(row, destination[..whole]);
        }

        if (whole < destination.Length)
        {
            ReadPart(row + (whole / _source.Columns), 0, destination[whole..]);
        }
    }

    private void ReadPart(long row, int within, Span<float> destination)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(_source.Columns);
        try
        {
            _source.Read(row, rented.AsSpan(0, _source.Columns));
            rented.AsSpan(within, destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static long CountRows(TensorSource source, int columns)
    {
        long count = checked(source.Rows * source.Columns);
        return columns > 0 && count % columns == 0
            ? count / columns
            : throw new ArgumentException($"{count} weights are no rows of {columns}", nameof(columns));
    }
}
