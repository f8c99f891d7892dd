namespace ModelPack.Quantize.Streaming;

/// <summary>What came out of a run.</summary>
/// <param name="ResumedWeights">Weights that an earlier run had written.</param>
/// <param name="Errors">One a tensor; null unless it was measured and all of its slices ran now.</param>
internal sealed record StreamOutcome(long ResumedWeights, IReadOnlyList<SquaredError?> Errors);
