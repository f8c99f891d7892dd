namespace ModelPack.Models.Tensors.Views;

/// <summary>The same rows of every period: the value part of each head, the gate half of each fused expert, every second row.</summary>
/// <remarks>Row p * count + i here is row p * period + first + i there.</remarks>
public sealed class PickedRows : TensorSource
{
    private readonly TensorSource _source;
    private readonly int _period;
    private readonly int _first;
    private readonly int _count;

    /// <param name="source">A whole number of periods.</param>
    /// <param name="period">Rows of a period.</param>
    /// <param name="first">First row within each period that is taken.</param>
    /// <param name="count">Rows taken from each period.</param>
    /// <exception cref="ArgumentException">The rows are no whole periods, or the picked ones do not lie within one.</exception>
    public PickedRows(TensorSource source, int period, int first, int count)
        : base(Periods(source, period, first, count) * count, source.Columns)
    {
        (_source, _period, _first, _count) = (source, period, first, count);
    }

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity => Math.Max(1, Math.Min(_source.RowGranularity, _count));

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row) => _source.Origin((row / _count * _period) + _first + (row % _count));

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        RowRun.Count(this, firstRow, destination);
        while (!destination.IsEmpty)
        {
            (long period, long within) = Math.DivRem(firstRow, _count);
            int length = (int)Math.Min(destination.Length, (_count - within) * Columns);
            _source.Read((period * _period) + _first + within, destination[..length]);
            destination = destination[length..];
            firstRow += length / Columns;
        }
    }

    /// <summary>Number of periods; checks the arguments for the constructors of all views that pick by period.</summary>
    internal static long Periods(TensorSource source, int period, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(period);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, period - count);
        return source.Rows % period == 0
            ? source.Rows / period
            : throw new ArgumentException($"{source.Rows} rows are no whole periods of {period}", nameof(source));
    }
}
