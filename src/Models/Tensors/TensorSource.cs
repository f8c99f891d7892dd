namespace ModelPack.Models.Tensors;

/// <summary>Weights as float32, read a run of rows at a time, whatever way they are stored.</summary>
/// <remarks>
/// A tensor of n dimensions is seen as a matrix: the innermost dimension is a row, all others together count the rows.
/// Sources nest: a stack of experts is made of sources, each of which may decode fp8 blocks. All are safe to read from
/// many threads at once, hold no more than small tables in memory and never own the caller's buffer.
/// </remarks>
public abstract class TensorSource
{
    /// <param name="rows">Number of rows; 1 for a vector or scalar, 0 for an empty tensor.</param>
    /// <param name="columns">Length of a row in elements.</param>
    protected TensorSource(long rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        (Rows, Columns) = (rows, columns);
    }

    /// <summary>Number of rows.</summary>
    public long Rows { get; }

    /// <summary>Length of a row in elements.</summary>
    public int Columns { get; }

    /// <summary>The narrowest of F32, F16 and BF16 that a reader would call this tensor's own type.</summary>
    /// <remarks>fp8 and packed integers say BF16, though F32 is needed to keep their exact values.</remarks>
    public abstract DType NaturalType { get; }

    /// <summary>Reads that start and end at multiples of this many rows are cheapest; 1 where it makes no difference.</summary>
    public virtual int RowGranularity => 1;

    /// <summary>Where a row comes from: the source below all views, and its row there; null when it is no single row of one.</summary>
    /// <param name="row">Index of a row.</param>
    public virtual (TensorSource Source, long Row)? Origin(long row) => (this, row);

    /// <summary>Reads whole rows.</summary>
    /// <param name="firstRow">Index of the first row.</param>
    /// <param name="destination">Filled completely; its length is a multiple of <see cref="Columns"/>.</param>
    /// <exception cref="ModelPackException">The file ends early or cannot be read.</exception>
    public abstract void Read(long firstRow, Span<float> destination);
}
