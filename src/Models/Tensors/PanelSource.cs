namespace ModelPack.Models.Tensors;

/// <summary>A source that can also give a rectangle: what a transposed view needs, whose rows are columns here.</summary>
/// <param name="rows">Number of rows.</param>
/// <param name="columns">Length of a row.</param>
internal abstract class PanelSource(long rows, int columns) : TensorSource(rows, columns)
{
    /// <inheritdoc/>
    public sealed override void Read(long firstRow, Span<float> destination)
    {
        int rows = RowRun.Count(this, firstRow, destination);
        if (rows > 0)
        {
            ReadPanel(firstRow, rows, 0, Columns, destination);
        }
    }

    /// <summary>Reads a rectangle that lies within the source and is not empty.</summary>
    /// <param name="firstRow">First row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="destination">Rows of <paramref name="columns"/> weights, filled completely.</param>
    public abstract void ReadPanel(long firstRow, int rows, int firstColumn, int columns, Span<float> destination);
}
