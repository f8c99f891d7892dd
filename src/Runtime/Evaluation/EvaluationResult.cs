namespace ModelPack.Runtime.Evaluation;

/// <summary>What an evaluation found.</summary>
/// <param name="Reference">The reference itself; null without one.</param>
/// <param name="Models">In the order they were given.</param>
/// <param name="Device">What the first model ran on.</param>
public sealed record EvaluationResult(ModelQuality? Reference, IReadOnlyList<ModelQuality> Models, RunnerDevice Device);
