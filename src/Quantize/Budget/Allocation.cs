namespace ModelPack.Quantize.Budget;

/// <summary>What a budget bought.</summary>
/// <param name="Choices">For each item the index of its option.</param>
/// <param name="Bytes">Bytes of all choices.</param>
/// <param name="Loss">Predicted loss of all choices.</param>
/// <param name="Bound">No allocation of these items within the budget has less loss: the relaxed problem's loss.</param>
public sealed record Allocation(IReadOnlyList<int> Choices, long Bytes, double Loss, double Bound);
