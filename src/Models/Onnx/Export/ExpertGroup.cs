namespace ModelPack.Models.Onnx.Export;

/// <summary>Experts of a layer that are stored alike, hence run by one node.</summary>
/// <param name="Format">Their format.</param>
/// <param name="Experts">Their numbers, in order.</param>
internal sealed record ExpertGroup(OnnxWeightFormat Format, IReadOnlyList<int> Experts);
