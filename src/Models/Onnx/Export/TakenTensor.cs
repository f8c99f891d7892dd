using ModelPack.Models.Tensors;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A matrix or vector that was taken from a checkpoint.</summary>
/// <param name="Weights">Its rows.</param>
/// <param name="StoredNames">Stored tensors that it is made of.</param>
internal readonly record struct TakenTensor(TensorSource Weights, IReadOnlyList<string> StoredNames);
