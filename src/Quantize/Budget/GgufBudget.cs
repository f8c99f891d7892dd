using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Budget;

/// <summary>Chooses the type of every tensor of a GGUF under a budget; a layer's experts are one tensor there, hence of one type.</summary>
public static class GgufBudget
{
    // A type whose block does not fit the rows is replaced by what llama-quantize takes instead.
    private static readonly GgmlType[] Candidates = [GgmlType.Q2_K, GgmlType.Q3_K, GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K, GgmlType.Q8_0];

    /// <summary>Adds to the options a rule for every tensor that the budget decides.</summary>
    /// <param name="model">What is quantized.</param>
    /// <param name="output">As in <see cref="QuantizationPlan.ForQuantize"/>.</param>
    /// <param name="options">Rules in it stand; embeddings, head, norms and routers keep the preset's types.</param>
    /// <param name="request">The budget.</param>
    /// <param name="importance">Mean squared inputs.</param>
    /// <param name="inputs">What solving takes back, and routing weights; null where nothing is known of them.</param>
    /// <param name="sensitivity">What an error does.</param>
    /// <param name="cancel">Stops between tensors.</param>
    /// <exception cref="ModelPackException">The smallest types take more than the budget.</exception>
    public static (QuantizeOptions Options, BudgetReport Report) Allocate(
        GgufModel model,
        string output,
        QuantizeOptions options,
        BudgetRequest request,
        ImportanceMatrix importance,
        InputLosses? inputs,
        Sensitivity sensitivity,
        CancellationToken cancel)
    {
        QuantizationPlan plan = QuantizationPlan.ForQuantize(model, output, options);
        List<(PlannedTensor Tensor, GgmlType[] Types)> decided = [];
        List<BudgetItem> items = [];
        foreach (PlannedTensor tensor in plan.Tensors.Where(static t => t.Choice.Reason is not (TypeReason.Kept or TypeReason.Rule)))
        {
            int columns = tensor.Weights.Columns;
            if (TensorCategories.Of(tensor.Name) is TensorCategory.Embedding or TensorCategory.Output
                || !GgufNames.TryParse(tensor.Name, out TensorRole role)
                || !importance.Entries.TryGetValue(tensor.Name, out ImportanceEntry? entry) || entry.Values.Count % columns != 0)
            {
                continue;
            }

            GgmlType[] types = [.. Candidates.Select(t => TypeFallback.For(t, columns)).Distinct()];
            double[][] losses = ItemLoss.Of(
                role, tensor.Weights, entry, () => [.. types.Select(t => Candidate(QuantType.Find(t)!, tensor))], inputs, sensitivity, cancel);
            decided.Add((tensor, types));
            items.Add(new(role.ToString(), sensitivity.Rank(role.Kind),
                [.. types.Select((t, i) => new BudgetOption(t.Name.ToLowerInvariant(), tensor.Weights.Rows * t.SizeOf(columns), losses.Sum(m => m[i])))]));
        }

        long room = request.ForItems(plan.Bytes, plan.Tensors.Sum(static t => t.Bytes), decided.Sum(static d => d.Tensor.Bytes), plan.Weights);
        while (true)
        {
            if (items.Count == 0 || items.Sum(static i => i.Options.Min(static o => o.Bytes)) > room)
            {
                Allocation least = items.Count == 0 ? new([], 0, 0, 0) : Knapsack.Choose(items, items.Sum(static i => i.Options.Min(static o => o.Bytes)));
                QuantizationPlan smallest = QuantizationPlan.ForQuantize(model, output, WithRules(options, decided, least));
                return items.Count == 0 && request.Share(smallest.Bytes, smallest.BitsPerWeight) <= 1
                    ? (options, BudgetReport.Of(items, least, request.Share(smallest.Bytes, smallest.BitsPerWeight)))
                    : throw request.TooSmall(smallest.Bytes, smallest.BitsPerWeight);
            }

            Allocation allocation = Knapsack.Choose(items, room);
            QuantizeOptions chosen = WithRules(options, decided, allocation);
            QuantizationPlan result = QuantizationPlan.ForQuantize(model, output, chosen);
            double share = request.Share(result.Bytes, result.BitsPerWeight);
            if (share <= 1)
            {
                return (chosen, BudgetReport.Of(items, allocation, share));
            }

            // Padding between tensors is not counted in the items.
            room = Math.Min(room - request.Over(result.Bytes, result.BitsPerWeight, result.Weights), allocation.Bytes - 1);
        }
    }

    private static RoundingLoss.Candidate Candidate(QuantType type, PlannedTensor tensor) =>
        new(RoundingLoss.Of(type, tensor.Weights.Columns), tensor.MayBeSolved && RowGrid.Supports(type));

    private static QuantizeOptions WithRules(
        QuantizeOptions options, List<(PlannedTensor Tensor, GgmlType[] Types)> decided, Allocation allocation) => options with
        {
            Rules =
        [
            .. options.Rules,
            .. decided.Select((d, i) =>
                new TypeRule("budget", RulePattern.Parse(d.Tensor.Name), d.Types[allocation.Choices[i]])),
        ],
        };
}
