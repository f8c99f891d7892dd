using ModelPack.Runtime.Evaluation;

namespace ModelPack.Cli.Documents;

/// <summary>A model beside its reference: Kullback-Leibler divergences in nats, agreement as a share.</summary>
internal sealed record ComparisonDocument
{
    /// <summary>Perplexity of the reference.</summary>
    public required double Perplexity { get; init; }

    public required double MeanKld { get; init; }

    public required double MedianKld { get; init; }

    public required double P99Kld { get; init; }

    public required double MaxKld { get; init; }

    /// <summary>Share of tokens for which both find the same token likeliest.</summary>
    public required double TopTokenAgreement { get; init; }

    /// <summary>Null without a reference.</summary>
    public static ComparisonDocument? Of(ModelQuality? reference, ModelQuality model) => reference is null ? null : new()
    {
        Perplexity = Math.Round(reference.Perplexity, 6),
        MeanKld = Math.Round(model.Divergence!.Mean, 8),
        MedianKld = Math.Round(model.Divergence.Median, 8),
        P99Kld = Math.Round(model.Divergence.P99, 8),
        MaxKld = Math.Round(model.Divergence.Max, 8),
        TopTokenAgreement = Math.Round(model.Divergence.TopTokenAgreement, 6),
    };
}
