using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Cli.Documents;

/// <summary>One finding of an audit.</summary>
internal sealed record LicenseAuditFindingDocument
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

    /// <summary>From the work through the relations to the model.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    /// <summary>Id of the artifact.</summary>
    public required string Artifact { get; init; }

    /// <summary>File that it is about.</summary>
    public string? File { get; init; }

    /// <summary>A statement that has to be printed word for word.</summary>
    public string? Statement { get; init; }

    /// <summary>The reason of the exception that lifts it.</summary>
    public string? Excepted { get; init; }

    public static LicenseAuditFindingDocument From(AuditFinding found)
    {
        Finding finding = found.Finding;
        return new()
        {
            Code = finding.Code,
            Verdict = CatalogWords.Spelling(finding.Verdict),
            License = finding.License,
            Clause = finding.Clause,
            Text = finding.Text,
            Facts = finding.Facts,
            Path = finding.Path,
            Artifact = found.Artifact,
            File = found.File,
            Statement = finding.Print,
            Excepted = found.Excepted,
        };
    }
}
