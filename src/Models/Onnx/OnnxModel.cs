namespace ModelPack.Models.Onnx;

/// <summary>An ONNX model (ModelProto): one graph and the versions that it is written against.</summary>
/// <param name="Graph">The main graph.</param>
/// <param name="Opsets">Operator sets by domain; "" is ONNX's own.</param>
/// <param name="IrVersion">Version of the file format.</param>
/// <param name="Producer">Name of the program that wrote it.</param>
/// <param name="ProducerVersion">Its version.</param>
/// <param name="Metadata">Free keys and values, in file order.</param>
/// <remarks>Source: onnx/onnx.proto, IR version 10.</remarks>
public sealed record OnnxModel(
    OnnxGraph Graph,
    IReadOnlyList<KeyValuePair<string, long>> Opsets,
    long IrVersion,
    string Producer,
    string ProducerVersion,
    IReadOnlyList<KeyValuePair<string, string>> Metadata)
{
    /// <summary>Operators that the model defines itself; read, never written.</summary>
    public IReadOnlyList<OnnxFunction> Functions { get; init; } = [];
}
