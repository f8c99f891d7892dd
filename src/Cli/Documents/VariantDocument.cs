namespace ModelPack.Cli.Documents;

/// <summary>One more model of an evaluation, on the same text as the first.</summary>
internal sealed record VariantDocument
{
    public required string Name { get; init; }

    public required string Model { get; init; }

    public required long Bytes { get; init; }

    public required double BitsPerWeight { get; init; }

    public required double Perplexity { get; init; }

    public required double PerplexityError { get; init; }

    public ComparisonDocument? Reference { get; init; }
}
