namespace ModelPack.Cli.Documents;

/// <summary>What one tensor or expert got of a budget.</summary>
internal sealed record BudgetItemDocument
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Bytes beyond its smallest type.</summary>
    public required long BoughtBytes { get; init; }

    /// <summary>Predicted loss with its type.</summary>
    public required double Loss { get; init; }

    /// <summary>Predicted loss that the bought bytes save.</summary>
    public required double SavedLoss { get; init; }
}
