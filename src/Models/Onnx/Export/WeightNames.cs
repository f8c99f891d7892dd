namespace ModelPack.Models.Onnx.Export;

/// <summary>Where a graph finds a weight.</summary>
/// <param name="Values">Initializer, or a cast of it.</param>
/// <param name="Scales">Initializer of the scales; empty for plain weights.</param>
/// <param name="ZeroPoints">Initializer of the zero points; empty where there are none.</param>
/// <param name="Block">Weights that share a scale as the operators are told: never 0.</param>
internal readonly record struct WeightNames(string Values, string Scales, string ZeroPoints, int Block);
