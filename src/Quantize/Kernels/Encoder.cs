namespace ModelPack.Quantize.Kernels;

/// <summary>A kernel: as <see cref="QuantType.Encode"/>, on blocks. A delegate of its own because spans are no type arguments.</summary>
internal delegate void Encoder<TBlock>(
    ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<TBlock> blocks);
