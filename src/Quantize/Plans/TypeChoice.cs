using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Plans;

/// <summary>The type of one tensor, and why.</summary>
/// <param name="Type">Type in the file.</param>
/// <param name="Reason">Why.</param>
/// <param name="Note">The rule, or what did not fit; null where the reason says it all.</param>
public readonly record struct TypeChoice(GgmlType Type, TypeReason Reason, string? Note = null);
