namespace ModelPack.Models.Onnx;

/// <summary>One operator (NodeProto).</summary>
/// <param name="Operator">"MatMul".</param>
/// <param name="Domain">"" for ONNX's own operators, "com.microsoft" for ONNX Runtime's.</param>
/// <param name="Name">Name, unique in the graph; may be empty.</param>
/// <param name="Inputs">Names of values; "" for an optional input that is left out.</param>
/// <param name="Outputs">Names of values; "" for an output that is not wanted.</param>
/// <param name="Attributes">By name.</param>
public sealed record OnnxNode(
    string Operator,
    string Domain,
    string Name,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyList<OnnxAttribute> Attributes);
