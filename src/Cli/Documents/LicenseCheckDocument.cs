using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack license check --json</c> prints; fields are added, never renamed.</summary>
internal sealed record LicenseCheckDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>allowed, obligations, review or denied.</summary>
    public required string Verdict { get; init; }

    public required IReadOnlyList<LicenseFindingDocument> Findings { get; init; }

    public static LicenseCheckDocument From(Answer answer) => new()
    {
        Verdict = CatalogWords.Spelling(answer.Verdict),
        Findings = [.. answer.Findings.Select(LicenseFindingDocument.From)],
    };
}
