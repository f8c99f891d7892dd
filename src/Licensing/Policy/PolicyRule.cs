using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Policy;

/// <summary>An item of allow, deny or review: licenses by id, or by what their clauses are about.</summary>
/// <param name="License">The licenses; null: by condition.</param>
/// <param name="Condition">The kind of clause; null: by id.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Line">Where it stands in the file, from 1.</param>
public sealed record PolicyRule(LicensePattern? License, ConditionKind? Condition, string? Reason, long Line)
{
    /// <summary>The licenses as the file names them.</summary>
    public override string ToString() =>
        License?.ToString() ?? $"licenses with a clause of the kind '{CatalogWords.Spelling(Condition!.Value)}'";
}
