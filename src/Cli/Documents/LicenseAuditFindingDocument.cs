using System.Diagnostics.CodeAnalysis;
using ModelPack.Licensing.Audit;

namespace ModelPack.Cli.Documents;

/// <summary>One finding of an audit: what check says, and where it belongs.</summary>
internal sealed record LicenseAuditFindingDocument : LicenseFindingDocument
{
    [SetsRequiredMembers]
    private LicenseAuditFindingDocument(AuditFinding found)
        : base(From(found.Finding)) => (Artifact, File, Excepted) = (found.Artifact, found.File, found.Excepted);

    /// <summary>Id of the artifact.</summary>
    public string Artifact { get; }

    /// <summary>File that it is about.</summary>
    public string? File { get; }

    /// <summary>The reason of the exception that lifts it.</summary>
    public string? Excepted { get; }

    public static LicenseAuditFindingDocument From(AuditFinding found) => new(found);
}
