using ModelPack.Cli.Documents;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Calibrated;

namespace ModelPack.Cli.Calibrated;

/// <summary>Puts what calibration found into the documents of results.</summary>
internal static class SolutionDocuments
{
    /// <summary>A tensor's document with its solutions; the same document where it was not solved.</summary>
    /// <param name="document">Without.</param>
    /// <param name="solutions">Of the plan; null for none.</param>
    /// <param name="weights">Weights of the tensor.</param>
    public static QuantizedTensorDocument With(QuantizedTensorDocument document, Solutions? solutions, long weights)
    {
        if (solutions?.Find(document.Name) is not { } found)
        {
            return document;
        }

        TensorSolution[] experts = [.. found.Where(static s => s.Expert is not null).DistinctBy(static s => s.Expert)];
        double bits = Math.Round(8.0 * document.Bytes / weights, 4);
        return document with
        {
            Method = found.GroupBy(static s => s.Method).MaxBy(static g => g.Count())!.Key,
            RelativeError = Math.Round(Mean(found), 6),
            Tokens = experts.Length > 0 ? experts.Sum(static s => s.Tokens) : found[0].Tokens,
            Experts = experts.Length == 0 ? null :
            [
                .. experts.Select(e => new QuantizedExpertDocument
                {
                    Index = e.Expert!.Value,
                    Bits = bits,
                    Tokens = e.Tokens,
                    RelativeError = Math.Round(Mean([.. found.Where(s => s.Expert == e.Expert)]), 6),
                    Fallback = found.FirstOrDefault(s => s.Expert == e.Expert && s.Fallback is not null)?.Fallback,
                }),
            ],
        };
    }

    /// <summary>The document of a budget; null for none.</summary>
    public static BudgetDocument? Of(BudgetReport? report) => report is null ? null : new()
    {
        Share = Math.Round(report.Share, 6),
        PredictedLoss = report.Loss,
        LeastLoss = report.Bound,
        Items =
        [
            .. report.Purchases.Select(static p => new BudgetItemDocument
            {
                Name = p.Name,
                Type = p.Type,
                Bytes = p.Bytes,
                BoughtBytes = p.Bytes - p.Smallest,
                Loss = p.Loss,
                SavedLoss = p.SmallestLoss - p.Loss,
            }),
        ],
    };

    // Errors of tensors of one input have about the same power: the mean of the squares.
    private static double Mean(IReadOnlyList<TensorSolution> solutions) => Math.Sqrt(solutions.Average(static s => s.RelativeError * s.RelativeError));
}
