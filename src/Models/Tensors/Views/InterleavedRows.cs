using System.Buffers;

namespace ModelPack.Models.Tensors.Views;

/// <summary>Rows of two sources by turns: gate and up of an expert, as ONNX Runtime's experts want them.</summary>
/// <remarks>Row 2 * i here is row i of the first source, row 2 * i + 1 is row i of the second.</remarks>
public sealed class InterleavedRows : TensorSource
{
    /// <summary>Weights of one source read at a time.</summary>
    private const int Piece = 1 << 17;

    private readonly TensorSource[] _sources;

    /// <param name="first">Rows 0, 2, 4, …</param>
    /// <param name="second">Rows 1, 3, 5, …; of the same shape.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public InterleavedRows(TensorSource first, TensorSource second)
        : base(checked(2 * first.Rows), first.Columns)
    {
        if (first.Rows != second.Rows || first.Columns != second.Columns)
        {
            throw new ArgumentException($"{second.Rows}×{second.Columns} weights beside {first.Rows}×{first.Columns}", nameof(second));
        }

        _sources = [first, second];
        NaturalType = first.NaturalType == second.NaturalType ? first.NaturalType : DType.F32;
    }

    /// <inheritdoc/>
    public override DType NaturalType { get; }

    /// <inheritdoc/>
    public override int RowGranularity => checked(2 * Math.Max(_sources[0].RowGranularity, _sources[1].RowGranularity));

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row) => _sources[row % 2].Origin(row / 2);

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        int left = RowRun.Count(this, firstRow, destination);
        if (left == 0)
        {
            return;
        }

        // A multiple of the sources' granularity where that is small enough, so that no block is decoded twice.
        int granularity = RowGranularity / 2;
        int piece = Math.Max(1, Piece / Columns);
        piece = piece > granularity ? piece / granularity * granularity : granularity;
        piece = Math.Min(piece, (left / 2) + 1);
        float[] rented = ArrayPool<float>.Shared.Rent(checked(piece * Columns));
        try
        {
            while (left > 0)
            {
                int rows = (int)Math.Min(left, (2L * piece) - (firstRow % 2));
                for (int source = 0; source < 2; source++)
                {
                    ReadOne(source, firstRow, rows, rented, destination);
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

    /// <summary>Reads the rows of one source that the run takes, and puts them at every second row.</summary>
    private void ReadOne(int source, long firstRow, int rows, float[] rented, Span<float> destination)
    {
        int skip = firstRow % 2 == source ? 0 : 1;
        int count = (rows - skip + 1) / 2;
        if (count <= 0)
        {
            return;
        }

        Span<float> read = rented.AsSpan(0, count * Columns);
        _sources[source].Read((firstRow + skip) / 2, read);
        for (int i = 0; i < count; i++)
        {
            read.Slice(i * Columns, Columns).CopyTo(destination[((skip + (2 * i)) * Columns)..]);
        }
    }
}
