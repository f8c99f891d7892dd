namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack quantize --json</c> and <c>convert --json</c> print; fields are added, never renamed.</summary>
internal sealed record QuantizeDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The file, or the first part of a split one.</summary>
    public required string Output { get; init; }

    /// <summary>Every part, when the output is split.</summary>
    public IReadOnlyList<string>? Parts { get; init; }

    /// <summary>Size of all parts.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bits of tensor data per weight.</summary>
    public required double BitsPerWeight { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Highest resident memory of the process in bytes; null where the system does not tell.</summary>
    public long? PeakMemory { get; init; }

    public required IReadOnlyList<QuantizedTensorDocument> Tensors { get; init; }

    /// <summary>What a budget bought; null without one.</summary>
    public BudgetDocument? Budget { get; init; }

    /// <summary>What a user should know though the work is done.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}
