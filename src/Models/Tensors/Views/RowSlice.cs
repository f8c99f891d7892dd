namespace ModelPack.Models.Tensors.Views;

/// <summary>A run of another source's rows: one half of a fused projection.</summary>
public sealed class RowSlice : TensorSource
{
    private readonly TensorSource _source;
    private readonly long _first;

    /// <param name="source">The whole.</param>
    /// <param name="first">Its first row that is taken.</param>
    /// <param name="count">Number of rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The run does not lie within the source.</exception>
    public RowSlice(TensorSource source, long first, long count)
        : base(count, source.Columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, source.Rows - count);
        (_source, _first) = (source, first);
    }

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity => _first % _source.RowGranularity == 0 ? _source.RowGranularity : 1;

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row) => _source.Origin(_first + row);

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        RowRun.Count(this, firstRow, destination);
        _source.Read(_first + firstRow, destination);
    }
}
