namespace ModelPack.Models.Onnx;

/// <summary>A constant of which only some elements are stored (SparseTensorProto).</summary>
/// <param name="Values">The stored elements, one dimension; its name is the constant's name.</param>
/// <param name="Indices">Where they stand.</param>
/// <param name="Shape">Sizes of the whole.</param>
public sealed record OnnxSparseTensor(OnnxTensor Values, OnnxTensor? Indices, IReadOnlyList<long> Shape);
