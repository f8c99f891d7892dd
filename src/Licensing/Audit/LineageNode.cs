using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Audit;

/// <summary>An artifact in the graph.</summary>
/// <param name="Artifact">What is known of it.</param>
/// <param name="Relations">All relations on the way from it to the model; empty for the model itself.</param>
/// <param name="Path">Names and relations on that way, itself first.</param>
/// <param name="Unclear">What metadata says and nobody can resolve; null for nothing.</param>
internal sealed record LineageNode(
    AuditArtifact Artifact, IReadOnlyList<Relation> Relations, IReadOnlyList<string> Path, string? Unclear);
