namespace ModelPack.Models.Tensors;

/// <summary>The argument check that every <see cref="TensorSource.Read"/> starts with.</summary>
internal static class RowRun
{
    /// <summary>Number of whole rows in the destination; the run must lie within the source.</summary>
    public static int Count(TensorSource source, long firstRow, Span<float> destination)
    {
        int rows = source.Columns == 0 ? 0 : destination.Length / source.Columns;
        if ((long)rows * source.Columns != destination.Length)
        {
            throw new ArgumentException($"{destination.Length} elements are no whole rows of {source.Columns}", nameof(destination));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, source.Rows - rows);
        return rows;
    }
}
