namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack evaluate --json</c> prints; fields are added, never renamed.</summary>
internal sealed record EvaluateDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The model, as it was named.</summary>
    public required string Model { get; init; }

    /// <summary>Names of the files of text.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>"cpu" or "cuda:0".</summary>
    public required string Device { get; init; }

    public required int Context { get; init; }

    public required int Windows { get; init; }

    /// <summary>Scored tokens: those of the second half of each window.</summary>
    public required long Tokens { get; init; }

    public required double Perplexity { get; init; }

    /// <summary>Standard error of the perplexity.</summary>
    public required double PerplexityError { get; init; }

    public required long Bytes { get; init; }

    public required double BitsPerWeight { get; init; }

    /// <summary>The comparison with the reference; absent without one.</summary>
    public ComparisonDocument? Reference { get; init; }

    /// <summary>The other models of the same evaluation.</summary>
    public IReadOnlyList<VariantDocument>? Variants { get; init; }

    /// <summary>The HTML report, where one was written.</summary>
    public string? Html { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Highest resident memory in bytes; absent where the system does not tell.</summary>
    public long? PeakMemory { get; init; }
}
