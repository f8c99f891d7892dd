namespace ModelPack.Quantize.Solving;

/// <summary>The weights that see one input; one factor serves them all.</summary>
/// <param name="Own">The rows that entered; null, or without rows, for an expert that saw none.</param>
/// <param name="Prior">
/// Rows like them: for gate and up of an expert the layer's, for down the expert's near misses. Null for none.
/// </param>
/// <param name="Weights">The weights.</param>
public sealed record SolveTask(InputMoments? Own, InputMoments? Prior, IReadOnlyList<SolveWeight> Weights);
