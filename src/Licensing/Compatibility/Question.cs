using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Compatibility;

/// <summary>May this be done?</summary>
public sealed record Question
{
    /// <summary>The works that the result is made of, at least one.</summary>
    public required IReadOnlyList<QuestionInput> Inputs { get; init; }

    /// <summary>How the result is made and what is done with it; the use adds its own act (saas hosts, redistribute redistributes).</summary>
    public required IReadOnlyList<Relation> Relations { get; init; }

    public required UseKind Use { get; init; }

    public Facts Facts { get; init; } = Facts.None;

    /// <summary>The license expression that the result goes out under; null: not said.</summary>
    public string? Outbound { get; init; }

    /// <summary>The result's name; null: not said.</summary>
    public string? Name { get; init; }
}
