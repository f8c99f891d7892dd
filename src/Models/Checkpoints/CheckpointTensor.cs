using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>One tensor as the model's code knows it, whatever way it is stored.</summary>
/// <param name="Name">Plain name: "model.layers.0.mlp.gate_proj.weight", also where "….weight_packed" is stored.</param>
/// <param name="Shape">Row-major shape of the weights, outermost dimension first; empty for a scalar.</param>
/// <param name="Weights">Exact float32 values; rows are the innermost dimension of <paramref name="Shape"/>.</param>
/// <param name="StoredNames">Stored tensors that it is made of, the weights first.</param>
public sealed record CheckpointTensor(
    string Name,
    IReadOnlyList<long> Shape,
    TensorSource Weights,
    IReadOnlyList<string> StoredNames);
