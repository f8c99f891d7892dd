namespace ModelPack.Cli.Documents;

/// <summary>What a budget bought.</summary>
internal sealed record BudgetDocument
{
    /// <summary>Part of the budget that the output takes.</summary>
    public required double Share { get; init; }

    /// <summary>Predicted loss: mean divergence in nats where sensitivities were measured, else a sum of relative errors.</summary>
    public required double PredictedLoss { get; init; }

    /// <summary>No choice of types within the budget has less.</summary>
    public required double LeastLoss { get; init; }

    public required IReadOnlyList<BudgetItemDocument> Items { get; init; }
}
