using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Audit;

/// <summary>What is to be done with the model, and what is known about who does it.</summary>
public sealed record AuditOptions
{
    public UseKind Use { get; init; } = UseKind.Internal;

    public Facts Facts { get; init; } = Facts.None;

    /// <summary>The license that it will be passed on under; null: its own.</summary>
    public string? Outbound { get; init; }

    /// <summary>The name that it will have; null: its own.</summary>
    public string? Name { get; init; }

    /// <summary>What a person knows of the lineage, by artifact.</summary>
    public IReadOnlyList<LineageAddition> Additions { get; init; } = [];
}
