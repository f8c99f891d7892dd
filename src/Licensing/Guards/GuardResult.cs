namespace ModelPack.Licensing.Guards;

/// <summary>A guard's value and why it has it.</summary>
/// <param name="Value">Whether the condition holds.</param>
/// <param name="Facts">The facts that decided; when the value is unknown, those that are missing.</param>
public readonly record struct GuardResult(Truth Value, IReadOnlyList<string> Facts);
