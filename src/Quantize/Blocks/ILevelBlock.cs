namespace ModelPack.Quantize.Blocks;

/// <summary>
/// A block whose weights are whole levels on a grid that is fixed once its scales are: weight = step · level + offset, the same step
/// and offset for a run of weights.
/// </summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface ILevelBlock<TSelf> : IQuantBlock<TSelf>
    where TSelf : unmanaged, ILevelBlock<TSelf>
{
    /// <summary>Weights in a block.</summary>
    static abstract int Count { get; }

    /// <summary>Weights in a run.</summary>
    static abstract int Run { get; }

    /// <summary>The lowest level.</summary>
    static abstract int Lowest { get; }

    /// <summary>The highest level.</summary>
    static abstract int Highest { get; }

    /// <summary>Step and offset of a run, so that step · level + offset is exactly what a reader computes.</summary>
    (float Step, float Offset) GridOf(int run);

    /// <summary>Replaces the levels and keeps the scales.</summary>
    /// <param name="codes">Levels less <see cref="Lowest"/>, in the order of the weights.</param>
    void SetCodes(ReadOnlySpan<byte> codes);
}
