using System.Buffers;

namespace ModelPack.Models.Tensors.Views;

/// <summary>The transpose of a matrix: row r here is column r there.</summary>
/// <remarks>Reading few rows costs a small read for each row of the source, so callers should keep to the granularity.</remarks>
internal sealed class TransposedSource : TensorSource
{
    /// <summary>Weights transposed at a time.</summary>
    private const int Piece = 1 << 18;

    private const int MaxWidth = 1024;

    private readonly PanelSource _source;
    private readonly int _granularity;

    /// <param name="source">The matrix; its columns become rows.</param>
    /// <param name="granularity">Columns that are read together cheaply.</param>
    /// <exception cref="InvalidCheckpointException">The source has more rows than a row here can have columns.</exception>
    public TransposedSource(PanelSource source, int granularity)
        : base(source.Columns, ToColumns(source.Rows))
    {
        (_source, _granularity) = (source, granularity);
    }

    public override DType NaturalType => _source.NaturalType;

    public override int RowGranularity => _granularity;

    public override void Read(long firstRow, Span<float> destination)
    {
        int rows = RowRun.Count(this, firstRow, destination);
        int width = Math.Min(rows, MaxWidth);
        if (width == 0)
        {
            return;
        }

        int height = Math.Min(Columns, Math.Max(1, Piece / width));
        float[] panel = ArrayPool<float>.Shared.Rent(width * height);
        try
        {
            for (int row = 0; row < rows; row += width)
            {
                int across = Math.Min(width, rows - row);
                for (int top = 0; top < Columns; top += height)
                {
                    int down = Math.Min(height, Columns - top);
                    Span<float> read = panel.AsSpan(0, across * down);
                    _source.ReadPanel(top, down, (int)firstRow + row, across, read);
                    Turn(read, across, destination[((row * Columns) + top)..]);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(panel);
        }
    }

    private void Turn(ReadOnlySpan<float> panel, int width, Span<float> destination)
    {
        // Eight source rows at a time: their cache lines serve sixteen target rows before they are needed again.
        int height = panel.Length / width;
        for (int top = 0; top < height; top += 8)
        {
            int end = Math.Min(top + 8, height);
            for (int x = 0; x < width; x++)
            {
                Span<float> target = destination.Slice(x * Columns, end);
                for (int y = top; y < end; y++)
                {
                    target[y] = panel[(y * width) + x];
                }
            }
        }
    }

    private static int ToColumns(long rows) => rows <= int.MaxValue
        ? (int)rows
        : throw new InvalidCheckpointException($"matrix of {rows} rows; at most {int.MaxValue} can be transposed");
}
