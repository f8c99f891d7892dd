using System.IO.Enumeration;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;

namespace ModelPack.Licensing.Policy;

/// <summary>
/// An item of a policy's exceptions: findings that a person has accepted until a day. Every field that is given must fit. Duties
/// are only lifted by an exception that names their code.
/// </summary>
public sealed record PolicyWaiver
{
    public LicensePattern? License { get; init; }

    /// <summary>One of <see cref="FindingCode"/>.</summary>
    public string? Code { get; init; }

    /// <summary>Names of artifacts, where <c>*</c> stands for any letters and <c>?</c> for one; case makes no difference.</summary>
    public string? Component { get; init; }

    /// <summary>The clause's number as the catalogue has it.</summary>
    public string? Clause { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>The last day, in UTC, on which it applies.</summary>
    public required DateOnly Expires { get; init; }

    /// <summary>Where it stands in the file, from 1.</summary>
    public required long Line { get; init; }

    /// <summary>Whether its fields fit a finding about a component, today or not.</summary>
    public bool Covers(Finding finding, string component) =>
        finding.Verdict > (Code is null ? Verdict.Obligations : Verdict.Allowed)
        && (License is null || License.Matches(finding.License))
        && (Code is null || Code == finding.Code)
        && (Clause is null || Clause == finding.Clause)
        && (Component is null || FileSystemName.MatchesSimpleExpression(Component, component));
}
