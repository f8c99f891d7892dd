namespace ModelPack.Models.Checkpoints;

/// <summary>How a shape is seen as a matrix: the innermost dimension is a row.</summary>
internal static class Matrix
{
    /// <summary>Rows and columns of a stored tensor; 0 rows where it is empty, 1 by 1 for a scalar.</summary>
    /// <exception cref="InvalidCheckpointException">A row is longer than any model's.</exception>
    public static (long Rows, int Columns) Of(StoredTensor tensor) => Of(tensor.Info.Shape, tensor.Place);

    /// <inheritdoc cref="Of(StoredTensor)"/>
    /// <param name="shape">Outermost dimension first.</param>
    /// <param name="place">Start of the error message.</param>
    public static (long Rows, int Columns) Of(IReadOnlyList<long> shape, string place)
    {
        if (shape.Count == 0)
        {
            return (1, 1);
        }

        if (shape[^1] > int.MaxValue)
        {
            throw new InvalidCheckpointException($"{place}: rows of {shape[^1]} weights; at most {int.MaxValue} are supported");
        }

        int columns = (int)shape[^1];
        return (columns == 0 ? 0 : shape.SkipLast(1).Aggregate(1L, static (n, d) => checked(n * d)), columns);
    }
}
