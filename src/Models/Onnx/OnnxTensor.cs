namespace ModelPack.Models.Onnx;

/// <summary>A constant tensor (TensorProto).</summary>
/// <param name="Name">Name; may be empty in an attribute.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes; empty for a scalar.</param>
/// <param name="Data">Where its bytes are.</param>
public sealed record OnnxTensor(string Name, OnnxElementType Type, IReadOnlyList<long> Shape, OnnxData Data);
