namespace ModelPack.Models.Checkpoints.Encodings;

/// <summary>How a matrix, or a stack of equal matrices, is cut into blocks that share a scale; blocks at the edges are cropped.</summary>
/// <param name="MatrixRows">Rows of one matrix of the stack; blocks do not reach across matrices.</param>
/// <param name="BlockRows">Rows that share a scale.</param>
/// <param name="BlockColumns">Columns that share a scale.</param>
internal readonly record struct ScaleGrid(long MatrixRows, long BlockRows, int BlockColumns)
{
    /// <summary>Row of the scales that holds a row's scales.</summary>
    public long ScaleRow(long row) =>
        (row / MatrixRows * Blocks(MatrixRows, BlockRows)) + (row % MatrixRows / BlockRows);

    /// <summary>Number of blocks along a dimension.</summary>
    public static long Blocks(long length, long block) => (length / block) + (length % block == 0 ? 0 : 1);

    /// <summary>The grid of one scale for each combination of the leading dimensions: tensor, expert or channel.</summary>
    /// <param name="weights">Shape of the weights, which are not empty.</param>
    /// <param name="scales">Shape of the scales.</param>
    /// <returns>Null where the scales' shape, without trailing ones, is no beginning of the weights'.</returns>
    public static ScaleGrid? Leading(IReadOnlyList<long> weights, IReadOnlyList<long> scales)
    {
        int kept = scales.Count;
        while (kept > 0 && scales[kept - 1] == 1)
        {
            kept--;
        }

        if (kept >= Math.Max(1, weights.Count) || !weights.Take(kept).SequenceEqual(scales.Take(kept)))
        {
            return null;
        }

        long rows = weights.SkipLast(1).Skip(kept).Aggregate(1L, static (n, d) => checked(n * d));
        return new ScaleGrid(rows, rows, int.MaxValue);
    }

    /// <summary>The grid of two-dimensional blocks.</summary>
    /// <param name="weights">Shape of the weights, which are not empty.</param>
    /// <param name="scales">Shape of the scales.</param>
    /// <param name="block">Rows and columns of a block.</param>
    /// <returns>Null where the scales' shape is not what the blocks need.</returns>
    public static ScaleGrid? Tiled(IReadOnlyList<long> weights, IReadOnlyList<long> scales, (long Rows, int Columns) block)
    {
        bool fits = weights.Count >= 2 && scales.Count == weights.Count
            && weights.SkipLast(2).SequenceEqual(scales.SkipLast(2))
            && scales[^2] == Blocks(weights[^2], block.Rows) && scales[^1] == Blocks(weights[^1], block.Columns);
        return fits ? new ScaleGrid(weights[^2], block.Rows, block.Columns) : null;
    }
}
