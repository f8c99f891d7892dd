namespace ModelPack.Quantize.Budget;

/// <summary>One way to store an item.</summary>
/// <param name="Name">Type: "q5_k", "int8".</param>
/// <param name="Bytes">Bytes it takes, scales included.</param>
/// <param name="Loss">Predicted loss; finite, not negative, in any unit that all items share.</param>
public readonly record struct BudgetOption(string Name, long Bytes, double Loss);
