using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Policy;

/// <summary>What an organization says of its use and of licenses: a policy file (docs/policy.md).</summary>
public sealed record LicensePolicy
{
    /// <summary>Version of the file format.</summary>
    public const int SchemaVersion = 1;

    /// <summary>No policy: nothing is said, and review fails.</summary>
    public static LicensePolicy None { get; } = new();

    /// <summary>Who the result is for; null: not said.</summary>
    public UseKind? Use { get; init; }

    /// <summary>The license expression that the result goes out under; null: not said.</summary>
    public string? Outbound { get; init; }

    /// <summary>The result's name; null: not said.</summary>
    public string? Name { get; init; }

    public Facts Facts { get; init; } = Facts.None;

    /// <summary>The licenses that are welcome; empty: all that no other list names.</summary>
    public IReadOnlyList<PolicyRule> Allow { get; init; } = [];

    public IReadOnlyList<PolicyRule> Deny { get; init; } = [];

    public IReadOnlyList<PolicyRule> Review { get; init; } = [];

    /// <summary>The file's <c>exceptions</c>.</summary>
    public IReadOnlyList<PolicyWaiver> Exceptions { get; init; } = [];

    /// <summary>What the file adds to the lineage.</summary>
    public IReadOnlyList<PolicyArtifact> Lineage { get; init; } = [];

    /// <summary>The mildest verdict that fails: denied, review or obligations.</summary>
    public Verdict FailOn { get; init; } = Verdict.Review;

    /// <summary>Reads a policy file.</summary>
    /// <exception cref="InvalidPolicyException">It is no policy; the message names file, line, column, what was found and what was expected.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static LicensePolicy Read(string path) => Parse(YamlText.Read(path, PolicyReader.Fault, YamlLimits.Written), path);

    /// <summary>Reads a policy from its text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="name">The file's name, for faults.</param>
    /// <exception cref="InvalidPolicyException">It is no policy.</exception>
    public static LicensePolicy Parse(string text, string name) => PolicyReader.Read(name, text);

    /// <summary>Reads a fail-on level.</summary>
    /// <exception cref="LicensingException">The text is none.</exception>
    public static Verdict ParseFailOn(string text) => text switch
    {
        "denied" => Verdict.Denied,
        "review" => Verdict.Review,
        "obligations" => Verdict.Obligations,
        _ => throw new LicensingException($"'{text}' is not known here; expected denied, review or obligations"),
    };

    /// <summary>Whether a verdict fails under <see cref="FailOn"/>.</summary>
    public bool Fails(Verdict verdict) => verdict >= FailOn;

    /// <summary>What the policy makes of the findings about one component.</summary>
    /// <param name="subject">The component, its license and what the clauses said.</param>
    /// <param name="time">Tells the day, in UTC, on which exceptions expire.</param>
    public PolicyDecision Decide(PolicySubject subject, TimeProvider time) =>
        PolicyRules.Decide(this, subject, LicenseCatalog.Default, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
}
