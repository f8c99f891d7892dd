namespace ModelPack.Quantize.Budget;

/// <summary>The smallest unit whose type the target can choose: a tensor of GGUF, a matrix or an expert of ONNX.</summary>
/// <param name="Name">Path of its role: "layers.3.experts.5".</param>
/// <param name="Rank">Items of a lower rank are upgraded before all of a higher one.</param>
/// <param name="Options">At least one.</param>
public sealed record BudgetItem(string Name, int Rank, IReadOnlyList<BudgetOption> Options);
