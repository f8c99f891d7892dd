using System.Buffers;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Conversion;

/// <summary>A projection's rows, head by head, reordered from rotation in halves to rotation in pairs.</summary>
/// <remarks>
/// Row 2i + j of a head of n rows is its row j·n/2 + i in the source. Also for a bias, whose elements take the rows' place.
/// Source: llama.cpp, LlamaModel.permute.
/// </remarks>
internal sealed class PairedHeads : TensorSource
{
    private readonly TensorSource _source;
    private readonly int _headSize;

    /// <param name="source">A matrix whose rows, or a vector whose elements, are heads of an even size.</param>
    /// <param name="headSize">Rows (or elements) of a head.</param>
    public PairedHeads(TensorSource source, int headSize)
        : base(source.Rows, source.Columns)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(headSize % 2, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual((IsVector(source) ? source.Columns : source.Rows) % headSize, 0);
        (_source, _headSize) = (source, headSize);
    }

    public override DType NaturalType => _source.NaturalType;

    public override int RowGranularity => IsVector(_source) ? 1 : _headSize;

    public override void Read(long firstRow, Span<float> destination)
    {
        long rows = RowRun.Count(this, firstRow, destination);
        if (destination.IsEmpty)
        {
            return;
        }

        if (IsVector(_source))
        {
            ReadVector(destination);
            return;
        }

        float[] head = ArrayPool<float>.Shared.Rent(checked(_headSize * Columns));
        try
        {
            for (long done = 0; done < rows;)
            {
                (long index, long offset) = Math.DivRem(firstRow + done, _headSize);
                int run = (int)Math.Min(rows - done, _headSize - offset);
                ReadHead(index, (int)offset, destination.Slice((int)done * Columns, run * Columns), head);
                done += run;
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(head);
        }
    }

    private static bool IsVector(TensorSource source) => source.Rows == 1;

    private void ReadHead(long index, int offset, Span<float> target, float[] head)
    {
        int rows = target.Length / Columns;
        if (rows == 1)
        {
            _source.Read((index * _headSize) + Place(offset), target);
            return;
        }

        _source.Read(index * _headSize, head.AsSpan(0, _headSize * Columns));
        for (int row = 0; row < rows; row++)
        {
            head.AsSpan(Place(offset + row) * Columns, Columns).CopyTo(target.Slice(row * Columns, Columns));
        }
    }

    private void ReadVector(Span<float> target)
    {
        float[] all = new float[Columns];
        _source.Read(0, all);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = all[(i / _headSize * _headSize) + Place(i % _headSize)];
        }
    }

    private int Place(int row) => (row % 2 * (_headSize / 2)) + (row / 2);
}
