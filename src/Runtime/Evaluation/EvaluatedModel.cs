namespace ModelPack.Runtime.Evaluation;

/// <summary>A model that takes part in an evaluation.</summary>
/// <param name="Name">For messages and reports.</param>
/// <param name="Open">Opens it when its turn comes; whoever calls disposes of what it gives.</param>
public sealed record EvaluatedModel(string Name, Func<LogitsModel> Open);
