namespace ModelPack.Models.Onnx;

/// <summary>An input or output of a graph (ValueInfoProto).</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Dimensions">Sizes; null when not even their number is said.</param>
public sealed record OnnxValue(string Name, OnnxElementType Type, IReadOnlyList<OnnxDimension>? Dimensions);
