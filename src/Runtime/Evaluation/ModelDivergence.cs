namespace ModelPack.Runtime.Evaluation;

/// <summary>How far a model's predictions are from those of a reference: Kullback-Leibler divergences in nats.</summary>
/// <param name="Mean">Mean over the scored tokens.</param>
/// <param name="Median">Half of the tokens are below.</param>
/// <param name="P99">99 % of the tokens are below.</param>
/// <param name="Max">The worst token.</param>
/// <param name="TopTokenAgreement">Share of tokens for which both find the same token likeliest.</param>
public sealed record ModelDivergence(double Mean, double Median, double P99, double Max, double TopTokenAgreement);
