using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack license explain --json</c> prints; fields are added, never renamed.</summary>
internal sealed record LicenseExplainDocument
{
    public int SchemaVersion { get; init; } = 1;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public required string Family { get; init; }

    /// <summary>Where the text was read.</summary>
    public required string Source { get; init; }

    public string? Remark { get; init; }

    public required IReadOnlyList<LicenseConditionDocument> Conditions { get; init; }

    /// <summary>The licenses that a result may go out under; absent: any.</summary>
    public IReadOnlyList<string>? Outbound { get; init; }

    public static LicenseExplainDocument From(LicenseEntry entry) => new()
    {
        Id = entry.Id,
        Name = entry.Name,
        Aliases = entry.Aliases,
        Family = entry.Family,
        Source = entry.Source.ToString(),
        Remark = entry.Remark,
        Conditions = [.. entry.Conditions.Select(LicenseConditionDocument.From)],
        Outbound = entry.Outbound?.Accepts,
    };
}
