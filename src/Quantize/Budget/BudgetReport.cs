namespace ModelPack.Quantize.Budget;

/// <summary>What a budget bought, item by item.</summary>
/// <param name="Purchases">Every item, in the model's order.</param>
/// <param name="Loss">Predicted loss of all items.</param>
/// <param name="Bound">The least loss that any choice within the budget could have.</param>
/// <param name="Share">Part of the request that the output takes, at most 1.</param>
public sealed record BudgetReport(IReadOnlyList<Purchase> Purchases, double Loss, double Bound, double Share)
{
    internal static BudgetReport Of(IReadOnlyList<BudgetItem> items, Allocation allocation, double share) => new(
        [
            .. items.Select((item, i) =>
            {
                BudgetOption chosen = item.Options[allocation.Choices[i]];
                BudgetOption smallest = item.Options.MinBy(static o => (o.Bytes, o.Loss));
                return new Purchase(item.Name, chosen.Name, chosen.Bytes, chosen.Loss, smallest.Bytes, smallest.Loss);
            }),
        ],
        allocation.Loss,
        allocation.Bound,
        share);
}
