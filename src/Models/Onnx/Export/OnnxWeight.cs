using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A weight of an exported graph: the rows that it is made of, and the one to three initializers that hold it.</summary>
/// <param name="Role">Its place in the model; the expert is null for a stack of experts. Null for tables that are computed.</param>
/// <param name="Experts">The experts of a stack, in the order of their rows; empty for anything else.</param>
/// <param name="Source">Rows as float32, in the order in which they are stored. Rows of one expert are one run.</param>
/// <param name="SourceNames">Stored tensors that it is made of.</param>
/// <param name="Format">How the elements are stored.</param>
/// <param name="Values">
/// The elements, row by row. For blocks: bytes, <c>ceil(columns / block) * block * bits / 8</c> a row, low nibble first.
/// </param>
/// <param name="Scales">Blocks only: one scale a block, <c>ceil(columns / block)</c> a row.</param>
/// <param name="ZeroPoints">Blocks that are not symmetric: packed as the values, <c>ceil(blocks * bits / 8)</c> bytes a row.</param>
public sealed record OnnxWeight(
    TensorRole? Role,
    IReadOnlyList<int> Experts,
    TensorSource Source,
    IReadOnlyList<string> SourceNames,
    OnnxWeightFormat Format,
    OnnxInitializer Values,
    OnnxInitializer? Scales,
    OnnxInitializer? ZeroPoints);
