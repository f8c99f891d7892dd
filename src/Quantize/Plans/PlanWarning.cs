namespace ModelPack.Quantize.Plans;

/// <summary>Something a user should know before a plan runs.</summary>
/// <param name="Code">Stable: "importance-missing", "experts-unseen" or "fallback".</param>
/// <param name="Tensor">GGUF name.</param>
/// <param name="Message">What is the matter, without the tensor's name.</param>
public sealed record PlanWarning(string Code, string Tensor, string Message);
