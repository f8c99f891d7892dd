using System.Buffers;

namespace ModelPack.Models.Tensors.Views;

/// <summary>The same rows of every period, each period's rows transposed: DeepSeek's kv_b_proj to attn_k_b.</summary>
/// <remarks>
/// From [heads * period, width] come heads * width rows of count columns: row h * width + c, column i here is row
/// h * period + first + i, column c there. A head's picked rows are held in memory while it is turned.
/// </remarks>
public sealed class TransposedHeads : TensorSource
{
    private readonly TensorSource _source;
    private readonly int _period;
    private readonly int _first;

    /// <param name="source">A whole number of heads.</param>
    /// <param name="period">Rows of a head: nope + value sizes.</param>
    /// <param name="first">First row within each head that is taken.</param>
    /// <param name="count">Rows taken from each head, which become columns: the nope size.</param>
    /// <exception cref="ArgumentException">The rows are no whole heads, or the picked ones do not lie within one.</exception>
    public TransposedHeads(TensorSource source, int period, int first, int count)
        : base(checked(PickedRows.Periods(source, period, first, count) * source.Columns), count)
    {
        (_source, _period, _first) = (source, period, first);
    }

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity => Math.Max(1, _source.Columns);

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row) => null;

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        RowRun.Count(this, firstRow, destination);
        if (destination.IsEmpty)
        {
            return;
        }

        int width = _source.Columns;
        float[] rented = ArrayPool<float>.Shared.Rent(checked(width * Columns));
        try
        {
            Span<float> head = rented.AsSpan(0, width * Columns);
            while (!destination.IsEmpty)
            {
                int within = (int)(firstRow % width);
                int rows = Math.Min(destination.Length / Columns, width - within);
                _source.Read((firstRow / width * _period) + _first, head);
                Turn(head[within..], width, destination[..(rows * Columns)]);
                destination = destination[(rows * Columns)..];
                firstRow += rows;
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private void Turn(ReadOnlySpan<float> head, int width, Span<float> destination)
    {
        for (int row = 0; row * Columns < destination.Length; row++)
        {
            Span<float> target = destination.Slice(row * Columns, Columns);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = head[(i * width) + row];
            }
        }
    }
}
