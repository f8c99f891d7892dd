namespace ModelPack.Models.Tensors.Views;

/// <summary>The rows of a projection's heads, of which rotations take two halves.</summary>
internal static class HeadRows
{
    /// <summary>Rows of a head.</summary>
    /// <param name="source">A projection's weights or bias; a bias is seen as rows of one.</param>
    /// <param name="heads">Heads that its rows belong to: for keys the number of key-value heads.</param>
    /// <exception cref="ArgumentException">The rows are no whole heads of an even number of rows.</exception>
    public static int Of(TensorSource source, int heads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        return source.Rows % (2L * heads) == 0
            ? checked((int)(source.Rows / heads))
            : throw new ArgumentException($"{source.Rows} rows are no {heads} heads of an even number of rows", nameof(source));
    }
}
