namespace ModelPack.Models.Conversion;

/// <summary>A source tensor that no output needs.</summary>
/// <param name="Name">Name in the checkpoint.</param>
/// <param name="Reason">Why it is left out: "multi-token prediction layer", "recomputed at load time".</param>
public sealed record DroppedTensor(string Name, string Reason);
