namespace ModelPack.Quantize.Blocks;

/// <summary>One on-disk block of quantized weights; the struct's layout is the file's layout.</summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface IQuantBlock<TSelf>
    where TSelf : unmanaged, IQuantBlock<TSelf>
{
    /// <summary>As <see cref="QuantType.Encode"/>, on blocks.</summary>
    static abstract void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TSelf> blocks);

    /// <summary>As <see cref="QuantType.Decode"/>, on blocks.</summary>
    static abstract void Decode(ReadOnlySpan<TSelf> blocks, Span<float> weights);
}
