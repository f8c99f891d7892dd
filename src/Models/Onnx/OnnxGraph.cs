namespace ModelPack.Models.Onnx;

/// <summary>A graph (GraphProto): nodes in an order in which they can run.</summary>
/// <param name="Name">Name.</param>
/// <param name="Nodes">Operators.</param>
/// <param name="Inputs">What a caller gives.</param>
/// <param name="Outputs">What a caller gets.</param>
/// <param name="Initializers">Constant tensors by name.</param>
public sealed record OnnxGraph(
    string Name,
    IReadOnlyList<OnnxNode> Nodes,
    IReadOnlyList<OnnxValue> Inputs,
    IReadOnlyList<OnnxValue> Outputs,
    IReadOnlyList<OnnxTensor> Initializers)
{
    /// <summary>Constant tensors of which only some elements are stored; read, never written.</summary>
    public IReadOnlyList<OnnxSparseTensor> SparseInitializers { get; init; } = [];
}
