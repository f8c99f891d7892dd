using System.Buffers;

namespace ModelPack.Models.Tensors.Views;

/// <summary>Rows of each head reordered from rotated pairs to rotated halves: the way back from <see cref="PermutedRows"/>.</summary>
/// <remarks>Within a head of n rows, row j * (n / 2) + i here is row 2 * i + j there, for j 0 and 1. A head is held while it is turned.</remarks>
public sealed class HalvedRows : TensorSource
{
    private readonly TensorSource _source;
    private readonly int _headRows;

    /// <param name="source">A projection's weights or bias; a bias is seen as rows of one.</param>
    /// <param name="heads">Heads that its rows belong to: for keys the number of key-value heads.</param>
    /// <exception cref="ArgumentException">The rows are no whole heads of an even number of rows.</exception>
    public HalvedRows(TensorSource source, int heads)
        : base(source.Rows, source.Columns) => (_source, _headRows) = (source, HeadRows.Of(source, heads));

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity => Math.Max(1, _headRows);

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row)
    {
        (long head, long within) = Math.DivRem(row, _headRows);
        return _source.Origin((head * _headRows) + There(within));
    }

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        int left = RowRun.Count(this, firstRow, destination);
        if (left == 0)
        {
            return;
        }

        float[] rented = ArrayPool<float>.Shared.Rent(checked(_headRows * Columns));
        try
        {
            Span<float> turned = rented.AsSpan(0, _headRows * Columns);
            while (left > 0)
            {
                (long head, long within) = Math.DivRem(firstRow, _headRows);
                int rows = (int)Math.Min(left, _headRows - within);
                _source.Read(head * _headRows, turned);
                for (int i = 0; i < rows; i++)
                {
                    turned.Slice((int)There(within + i) * Columns, Columns).CopyTo(destination[(i * Columns)..]);
                }

                destination = destination[(rows * Columns)..];
                firstRow += rows;
                left -= rows;
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private long There(long within)
    {
        int half = _headRows / 2;
        return (2 * (within % half)) + (within / half);
    }
}
