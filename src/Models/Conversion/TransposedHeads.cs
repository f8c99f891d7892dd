using System.Buffers;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Conversion;

/// <summary>The key part of a latent attention's kv_b, head by head transposed.</summary>
/// <remarks>
/// The source has, head after head, <c>nope</c> rows for keys and then rows for values, each of the compressed width. Here
/// every head gives one row for each element of the compressed vector, <c>nope</c> wide.
/// </remarks>
internal sealed class TransposedHeads : TensorSource
{
    private readonly TensorSource _source;
    private readonly int _stride;

    /// <param name="source">kv_b: heads × (nope + value) rows of the compressed width.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="nope">Rows of a head that are keys.</param>
    public TransposedHeads(TensorSource source, int heads, int nope)
        : base(checked((long)heads * source.Columns), nope)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Rows % heads, 0);
        (_source, _stride) = (source, checked((int)(source.Rows / heads)));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nope, _stride);
    }

    public override DType NaturalType => _source.NaturalType;

    public override int RowGranularity => _source.Columns;

    public override void Read(long firstRow, Span<float> destination)
    {
        long rows = RowRun.Count(this, firstRow, destination);
        if (destination.IsEmpty)
        {
            return;
        }

        int width = _source.Columns;
        float[] head = ArrayPool<float>.Shared.Rent(checked(Columns * width));
        try
        {
            for (long done = 0; done < rows;)
            {
                (long index, long offset) = Math.DivRem(firstRow + done, width);
                int run = (int)Math.Min(rows - done, width - offset);
                _source.Read(index * _stride, head.AsSpan(0, Columns * width));
                Span<float> target = destination.Slice((int)done * Columns, run * Columns);
                for (int row = 0; row < run; row++)
                {
                    for (int column = 0; column < Columns; column++)
                    {
                        target[(row * Columns) + column] = head[(column * width) + (int)offset + row];
                    }
                }

                done += run;
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(head);
        }
    }
}
