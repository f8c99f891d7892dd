using System.Buffers;

namespace ModelPack.Models.Tensors.Views;

/// <summary>Rows of each head reordered from rotated halves to rotated pairs, as llama.cpp wants q_proj and k_proj of Llama.</summary>
/// <remarks>Within a head of n rows, row 2 * i + j here is row j * (n / 2) + i there, for j 0 and 1.</remarks>
public sealed class PermutedRows : TensorSource
{
    /// <summary>Weights reordered at a time.</summary>
    private const int Piece = 1 << 18;

    private readonly TensorSource _source;
    private readonly int _headRows;

    /// <param name="source">A projection's weights or bias; a bias is seen as rows of one.</param>
    /// <param name="heads">Heads that its rows belong to: for keys the number of key-value heads.</param>
    /// <exception cref="ArgumentException">The rows are no whole heads of an even number of rows.</exception>
    public PermutedRows(TensorSource source, int heads)
        : base(source.Rows, source.Columns) => (_source, _headRows) = (source, HeadRows.Of(source, heads));

    /// <inheritdoc/>
    public override DType NaturalType => _source.NaturalType;

    /// <inheritdoc/>
    public override int RowGranularity => Math.Max(1, _headRows);

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row)
    {
        (long head, long within) = Math.DivRem(row, _headRows);
        return _source.Origin((head * _headRows) + (within % 2 * (_headRows / 2)) + (within / 2));
    }

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        int left = RowRun.Count(this, firstRow, destination);
        if (left == 0)
        {
            return;
        }

        int half = _headRows / 2;
        int pairs = Math.Min(half, Math.Max(1, Piece / 2 / Columns));
        float[] rented = ArrayPool<float>.Shared.Rent(checked(pairs * Columns));
        try
        {
            while (left > 0)
            {
                (long head, long within) = Math.DivRem(firstRow, _headRows);
                int rows = (int)Math.Min(Math.Min(left, _headRows - within), (2 * pairs) - (within % 2));
                for (int j = 0; j < 2; j++)
                {
                    ReadHalf(head, within, rows, j, rented, destination);
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

    /// <summary>Reads the rows of one half that the run takes, and puts them at every second row.</summary>
    private void ReadHalf(long head, long within, int rows, int half, float[] rented, Span<float> destination)
    {
        // The run's rows of this half are those whose number in the head has the half's parity.
        long first = (within + 1 - half) / 2;
        int skip = (int)((2 * first) + half - within);
        int count = (rows - skip + 1) / 2;
        if (count <= 0)
        {
            return;
        }

        Span<float> read = rented.AsSpan(0, count * Columns);
        _source.Read((head * _headRows) + ((long)half * (_headRows / 2)) + first, read);
        for (int i = 0; i < count; i++)
        {
            read.Slice(i * Columns, Columns).CopyTo(destination[((skip + (2 * i)) * Columns)..]);
        }
    }
}
