namespace ModelPack.Models.Tensors.Views;

/// <summary>Every period's rows from a given one on, then those before it: a head with its rotated part in front.</summary>
/// <remarks>Row p * period + i here is row p * period + (i + first) % period there.</remarks>
public sealed class RolledRows : TensorSource
{
    private readonly TensorSource _source;
    private readonly int _period;
    private readonly int _first;

    /// <param name="source">A whole number of periods.</param>
    /// <param name="period">Rows of a period.</param>
    /// <param name="first">The row of each period that comes first; less than <paramref name="period"/>.</param>
    /// <exception cref="ArgumentException">The rows are no whole periods, or the first row does not lie within one.</exception>
    public RolledRows(TensorSource source, int period, int first)
        : base(PickedRows.Periods(source, period, first, 1) * period, source.Columns)
    {
        (_source, _period, _first) = (source, period, first);
    }

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity => Math.Max(1, Math.Min(_source.RowGranularity, _period));

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row) => _source.Origin((row / _period * _period) + (((row % _period) + _first) % _period));

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        RowRun.Count(this, firstRow, destination);
        while (!destination.IsEmpty)
        {
            (long period, long within) = Math.DivRem(firstRow, _period);
            long there = (within + _first) % _period;
            long run = there < _first ? _period - within : _period - there;
            int length = (int)Math.Min(destination.Length, run * Columns);
            _source.Read((period * _period) + there, destination[..length]);
            destination = destination[length..];
            firstRow += length / Columns;
        }
    }
}
