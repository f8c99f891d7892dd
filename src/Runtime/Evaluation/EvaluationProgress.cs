namespace ModelPack.Runtime.Evaluation;

/// <summary>How far an evaluation is.</summary>
/// <param name="Model">The model that runs.</param>
/// <param name="TokensDone">Tokens that are done, those of every model counted.</param>
/// <param name="Tokens">Tokens of all models.</param>
public readonly record struct EvaluationProgress(string Model, long TokensDone, long Tokens);
