using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Cli.Documents;

/// <summary>One reason for a verdict.</summary>
internal record LicenseFindingDocument
{
    /// <summary>"MPL" and three digits, never renumbered.</summary>
    public required string Code { get; init; }

    /// <summary>obligations, review or denied.</summary>
    public required string Verdict { get; init; }

    public required string License { get; init; }

    public string? Clause { get; init; }

    public required string Text { get; init; }

    /// <summary>The facts that decided, or that are missing.</summary>
    public required IReadOnlyList<string> Facts { get; init; }

    /// <summary>From the input through its relations to the result.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    /// <summary>A statement that has to be printed word for word.</summary>
    public string? Statement { get; init; }

    public static LicenseFindingDocument From(Finding finding) => new()
    {
        Code = finding.Code,
        Verdict = CatalogWords.Spelling(finding.Verdict),
        License = finding.License,
        Clause = finding.Clause,
        Text = finding.Text,
        Facts = finding.Facts,
        Path = finding.Path,
        Statement = finding.Print,
    };
}
