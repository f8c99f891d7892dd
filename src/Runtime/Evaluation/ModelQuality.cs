namespace ModelPack.Runtime.Evaluation;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Tokens">Scored predictions.</param>
/// <param name="Perplexity">exp of the mean loss.</param>
/// <param name="PerplexityError">Standard error of the perplexity.</param>
/// <param name="Divergence">How far its predictions are from those of a reference; null without one.</param>
public sealed record ModelQuality(long Tokens, double Perplexity, double PerplexityError, ModelDivergence? Divergence)
{
    /// <summary>Sums up scores.</summary>
    /// <remarks>
    /// Source of the standard error and of percentiles between two values: llama.cpp 34af94cd9, tools/perplexity.
    /// </remarks>
    internal static ModelQuality Of(IReadOnlyList<TokenScore> scores, bool compared)
    {
        double mean = scores.Average(static s => s.Loss);
        double spread = scores.Average(static s => s.Loss * s.Loss) - (mean * mean);
        double error = scores.Count > 1 && spread > 0 ? Math.Sqrt(spread / (scores.Count - 1)) * Math.Exp(mean) : 0;
        return new(scores.Count, Math.Exp(mean), error, compared ? DivergenceOf(scores) : null);
    }

    private static ModelDivergence DivergenceOf(IReadOnlyList<TokenScore> scores)
    {
        double[] sorted = [.. scores.Select(static s => s.Divergence).Order()];
        return new(
            sorted.Average(),
            Percentile(sorted, 0.5),
            Percentile(sorted, 0.99),
            sorted[^1],
            scores.Count(static s => s.SameTop) / (double)scores.Count);
    }

    private static double Percentile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
