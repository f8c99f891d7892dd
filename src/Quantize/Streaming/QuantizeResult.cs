namespace ModelPack.Quantize.Streaming;

/// <summary>What a run wrote.</summary>
/// <param name="Files">Paths, in order.</param>
/// <param name="Bytes">Size of all files.</param>
/// <param name="ResumedWeights">Weights that an earlier run had written.</param>
/// <param name="Tensors">In file order.</param>
public sealed record QuantizeResult(
    IReadOnlyList<string> Files, long Bytes, long ResumedWeights, IReadOnlyList<QuantizedTensor> Tensors);
