namespace ModelPack.Models.Tensors.Views;

/// <summary>Runs of rows of two sources by turns: DeepSeek's kv_b from its keys' and its values' part.</summary>
/// <remarks>Of each period, the first rows are the next ones of the first source, the others the next ones of the second.</remarks>
public sealed class JoinedRows : TensorSource
{
    private readonly TensorSource _first;
    private readonly TensorSource _second;
    private readonly int _firstRows;
    private readonly int _period;

    /// <param name="first">A whole number of runs.</param>
    /// <param name="firstRows">Rows of a run of it.</param>
    /// <param name="second">As many runs.</param>
    /// <param name="secondRows">Rows of a run of it.</param>
    /// <exception cref="ArgumentException">The rows are no whole runs, their numbers differ, or the rows' lengths do.</exception>
    public JoinedRows(TensorSource first, int firstRows, TensorSource second, int secondRows)
        : base(checked(first.Rows + second.Rows), first.Columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(firstRows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(secondRows);
        if (first.Columns != second.Columns || first.Rows % firstRows != 0 || second.Rows % secondRows != 0
            || first.Rows / firstRows != second.Rows / secondRows)
        {
            throw new ArgumentException($"{second.Rows}×{second.Columns} weights do not go with {first.Rows}×{first.Columns}", nameof(second));
        }

        (_first, _firstRows, _second, _period) = (first, firstRows, second, checked(firstRows + secondRows));
        NaturalType = first.NaturalType == second.NaturalType ? first.NaturalType : DType.F32;
    }

    /// <inheritdoc/>
    public override DType NaturalType { get; }

    /// <inheritdoc/>
    public override int RowGranularity => _period;

    /// <inheritdoc/>
    public override (TensorSource Source, long Row)? Origin(long row)
    {
        (TensorSource source, long there, _) = Place(row);
        return source.Origin(there);
    }

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        int left = RowRun.Count(this, firstRow, destination);
        while (left > 0)
        {
            (TensorSource source, long there, int run) = Place(firstRow);
            int rows = Math.Min(left, run);
            source.Read(there, destination[..(rows * Columns)]);
            destination = destination[(rows * Columns)..];
            firstRow += rows;
            left -= rows;
        }
    }

    // The source of a row, the row there, and how many rows from it on lie side by side.
    private (TensorSource Source, long Row, int Run) Place(long row)
    {
        (long period, long within) = Math.DivRem(row, _period);
        int secondRows = _period - _firstRows;
        return within < _firstRows
            ? (_first, (period * _firstRows) + within, _firstRows - (int)within)
            : (_second, (period * secondRows) + within - _firstRows, _period - (int)within);
    }
}
