using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack license audit --format json</c> prints; fields are added, never renamed.</summary>
internal sealed record LicenseAuditDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>allowed, obligations, review or denied.</summary>
    public required string Verdict { get; init; }

    /// <summary>internal, personal, saas or redistribute.</summary>
    public required string Use { get; init; }

    /// <summary>The license that the result goes out under.</summary>
    public string? Outbound { get; init; }

    /// <summary>The model first, then what it was made from.</summary>
    public required IReadOnlyList<LicenseArtifactDocument> Artifacts { get; init; }

    /// <summary>The worst first.</summary>
    public required IReadOnlyList<LicenseAuditFindingDocument> Findings { get; init; }

    public static LicenseAuditDocument From(AuditReport report) => new()
    {
        Verdict = CatalogWords.Spelling(report.Verdict),
        Use = CatalogWords.Spelling(report.Use),
        Outbound = report.Outbound,
        Artifacts = [.. report.Artifacts.Select(LicenseArtifactDocument.From)],
        Findings = [.. report.Findings.Select(LicenseAuditFindingDocument.From)],
    };
}
