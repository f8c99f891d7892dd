using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Policy;

/// <summary>What a policy judges: one component under one license.</summary>
/// <param name="Component">The artifact's name.</param>
/// <param name="License">The concluded license: an expression, an id or an alias; null when nobody knows it.</param>
/// <param name="Findings">What the clauses said.</param>
/// <param name="Path">Where the component stands in the lineage, for findings; null: its name.</param>
public sealed record PolicySubject(string Component, string? License, IReadOnlyList<Finding> Findings, IReadOnlyList<string>? Path = null);
