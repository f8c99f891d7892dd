namespace ModelPack.Quantize.Solving;

/// <summary>A weight to store.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Grid">As what.</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Values">Row-major [outputs, columns], finite.</param>
public sealed record SolveWeight(string Name, RowGrid Grid, int Rows, ReadOnlyMemory<float> Values);
