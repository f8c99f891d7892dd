namespace ModelPack.Licensing.Audit;

/// <summary>What a person adds to the lineage.</summary>
/// <param name="Artifact">Name of the artifact, compared without case; "." is the model itself.</param>
/// <param name="License">Its license as that person concluded; null when nothing is said.</param>
/// <param name="Reason">Why.</param>
/// <param name="Parents">What it was made from, besides what metadata says.</param>
public sealed record LineageAddition(string Artifact, string? License, string? Reason, IReadOnlyList<AuditParent> Parents);
