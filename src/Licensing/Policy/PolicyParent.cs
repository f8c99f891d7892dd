using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Policy;

/// <summary>A work that an artifact is made of.</summary>
/// <param name="Name">The work's name.</param>
/// <param name="Relation">How the artifact comes from it; never an act.</param>
/// <param name="License">Its license, an expression or an id of the catalogue; null: not said.</param>
public sealed record PolicyParent(string Name, Relation Relation, string? License);
