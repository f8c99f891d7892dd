namespace ModelPack.Models.Onnx.Export;

/// <summary>A large initializer whose bytes are written later: what the graph says of it.</summary>
/// <param name="Name">Name in the graph.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Bytes">Length of its data.</param>
public sealed record OnnxInitializer(string Name, OnnxElementType Type, IReadOnlyList<long> Shape, long Bytes);
