using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Onnx;

/// <summary>The type of a tensor, or of one expert of it, and why.</summary>
/// <param name="Type">Type in the export.</param>
/// <param name="Reason">Why.</param>
/// <param name="Rule">The rule as typed; null where none decides.</param>
public readonly record struct OnnxTypeChoice(OnnxType Type, TypeReason Reason, string? Rule = null);
