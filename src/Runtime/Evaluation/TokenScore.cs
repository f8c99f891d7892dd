namespace ModelPack.Runtime.Evaluation;

/// <summary>How well one token was predicted.</summary>
/// <param name="Loss">Negative logarithm of its probability.</param>
/// <param name="Divergence">Kullback-Leibler divergence of the prediction from the reference's, in nats; 0 without one.</param>
/// <param name="SameTop">Whether the likeliest token is the reference's; false without one.</param>
internal readonly record struct TokenScore(double Loss, double Divergence, bool SameTop);
