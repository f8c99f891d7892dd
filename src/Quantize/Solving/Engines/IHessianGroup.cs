namespace ModelPack.Quantize.Solving.Engines;

/// <summary>
/// Hessians H of the same size side by side, in blocks of <see cref="Block"/> columns, their factors H = U·Uᵀ (U upper triangular), and the
/// errors E of rows of weights, all in the order of rounding. The last block may be narrower.
/// </summary>
/// <remarks>Every product may end in an <see cref="InsufficientMemoryException"/>: a group of fewer members may do.</remarks>
public interface IHessianGroup : IDisposable
{
    /// <summary>Columns of a block.</summary>
    const int Block = 128;

    /// <summary>[members][columns of the block][rows], on the host: what <see cref="Feed"/> and <see cref="Pull"/> computed.</summary>
    Span<float> Values { get; }

    /// <summary>[columns of the block][members][rows], on the host: what <see cref="SetErrors"/> takes.</summary>
    Span<float> Errors { get; }

    /// <summary>[members][columns of the block][columns of the block], on the host.</summary>
    Span<float> Corners { get; }

    /// <summary>Sets a Hessian: share·own + share·prior.</summary>
    /// <param name="member">Which.</param>
    /// <param name="own">Rows that enter.</param>
    /// <param name="ownShare">Factor.</param>
    /// <param name="prior">Rows like them; null for none.</param>
    /// <param name="priorShare">Factor.</param>
    /// <param name="order">Columns in the order of rounding.</param>
    void SetHessian(int member, IGramMatrix own, float ownShare, IGramMatrix? prior, float priorShare, ReadOnlySpan<int> order);

    /// <summary>Reads the corners of a block of H.</summary>
    void ReadCorners(int block);

    /// <summary>
    /// Takes the blocks behind from a block of H: S = H − Σ U·Uᵀ. Blocks are factored from the last to the first. The corners of S are read.
    /// </summary>
    void Reduce(int block);

    /// <summary>Takes the inverses of U's corners and keeps the block's columns of U above them.</summary>
    /// <remarks>After <see cref="Reduce"/> of the same block.</remarks>
    void Solve(int block);

    /// <summary>What the errors of the blocks before add to a block: Uᵀ·E, not yet divided by U's diagonal.</summary>
    /// <remarks>Not for the first block, which nothing comes before. After all blocks were solved.</remarks>
    void Feed(int block);

    /// <summary>H·E for the columns of a block, with all errors as they are.</summary>
    void Pull(int block);

    /// <summary>Replaces the errors of a block.</summary>
    void SetErrors(int block);
}
