using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A decoder as ONNX spells it, before a weight is read: what a graph builder hands to a writer.</summary>
/// <param name="Spec">The model.</param>
/// <param name="Model">The graph; its initializers are only the small ones, held in memory.</param>
/// <param name="Weights">The large initializers, in the order of a forward pass; a writer adds them to the graph.</param>
/// <param name="Sources">Files whose weights are read.</param>
/// <param name="Dropped">Source tensors that are knowingly left out, each with the reason.</param>
public sealed record OnnxDecoder(
    DecoderSpec Spec,
    OnnxModel Model,
    IReadOnlyList<OnnxWeight> Weights,
    IReadOnlyList<string> Sources,
    IReadOnlyList<Conversion.DroppedTensor> Dropped);
