using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Audit;

/// <summary>A work that an artifact was made from.</summary>
/// <param name="Name">Hub id, URL or any name.</param>
/// <param name="Relation">How the artifact comes from it.</param>
/// <param name="Source">Where that stands: "README.md base_model".</param>
/// <param name="License">Its license, where that is said; null when it is not known.</param>
/// <param name="Parents">What it was made from itself.</param>
public sealed record AuditParent(
    string Name, Relation Relation, string Source, string? License = null, IReadOnlyList<AuditParent>? Parents = null);
