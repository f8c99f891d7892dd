namespace ModelPack.Licensing.Catalog;

/// <summary>One version of one license as data; its text is not part of the catalogue.</summary>
public sealed record LicenseEntry
{
    /// <summary>The SPDX id, or a LicenseRef- of our own.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Hub tags and other spellings; compared without case.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Hub names of models under it, "owner/name", where a "*" at the end stands for any ending.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Versions of one license, and licenses of one model line, share a family.</summary>
    public required string Family { get; init; }

    public required LicenseSource Source { get; init; }

    /// <summary>What a reader should know and no condition says.</summary>
    public string? Remark { get; init; }

    /// <summary>Ways of making a result that the license itself calls a derivative, besides those that keep the work.</summary>
    public IReadOnlyList<Relation> Derivatives { get; init; } = [];

    /// <summary>Null: the result may be passed on under any license.</summary>
    public OutboundRule? Outbound { get; init; }

    public IReadOnlyList<LicenseCondition> Conditions { get; init; } = [];

    /// <summary>Whether the license's terms go over to a result that is made so; no way at all means the work itself.</summary>
    public bool Reaches(IReadOnlyCollection<Relation> made) =>
        made.Count == 0 || made.Any(way => way.KeepsWork() || Derivatives.Contains(way));
}
