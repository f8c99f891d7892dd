namespace ModelPack.Models.Onnx;

/// <summary>An operator that the model itself defines (FunctionProto).</summary>
/// <param name="Name">The operator.</param>
/// <param name="Domain">Its domain.</param>
/// <param name="Nodes">What it is made of.</param>
public sealed record OnnxFunction(string Name, string Domain, IReadOnlyList<OnnxNode> Nodes);
