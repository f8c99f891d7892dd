using ModelPack.Licensing.Catalog;

namespace ModelPack.Licensing.Compatibility;

/// <summary>
/// The codes of findings: 1xx what is not known, 2xx duties, 3xx limits, 4xx licenses against each other,
/// 5xx the policy file, 6xx the lock file.
/// They are API: one is never renumbered or used for something else.
/// </summary>
public static class FindingCode
{
    /// <summary>A license that the catalogue does not have.</summary>
    public const string UnknownLicense = "MPL101";

    /// <summary>A fact that a clause needs and nobody gave.</summary>
    public const string MissingFact = "MPL102";

    /// <summary>The text does not say whether it reaches a result that is made so.</summary>
    public const string UnsettledReach = "MPL103";

    /// <summary>An expression with more choices than are compared.</summary>
    public const string TooManyChoices = "MPL104";

    /// <summary>Metadata declares another license than the text is.</summary>
    public const string Disagreement = "MPL105";

    /// <summary>Neither text nor metadata says what license a model is under.</summary>
    public const string NoLicense = "MPL106";

    /// <summary>Metadata declares words that name no license, and there is no text.</summary>
    public const string UnclearDeclaration = "MPL107";

    /// <summary>A work that the model was made from, whose license is not known.</summary>
    public const string UnknownParent = "MPL108";

    /// <summary>A text that is no known license, or one with changed terms.</summary>
    public const string UnreadText = "MPL109";

    /// <summary>The outbound license is not one that the license accepts.</summary>
    public const string Outbound = "MPL401";

    /// <summary>Two licenses that no outbound license can serve.</summary>
    public const string Conflict = "MPL402";

    /// <summary>Two sets of use restrictions on one result.</summary>
    public const string TwoRestrictions = "MPL403";

    /// <summary>A license that the policy denies.</summary>
    public const string PolicyDenied = "MPL501";

    /// <summary>A license that the policy wants a person to look at.</summary>
    public const string PolicyReview = "MPL502";

    /// <summary>A license that the policy's allow list lacks.</summary>
    public const string NotOnAllowList = "MPL503";

    /// <summary>An exception of the policy that would apply, had it not expired.</summary>
    public const string ExpiredException = "MPL504";

    /// <summary>A license other than the lock file has.</summary>
    public const string LicenseChanged = "MPL601";

    /// <summary>A license file with another text than the lock file has.</summary>
    public const string TextChanged = "MPL602";

    /// <summary>A license file that the lock file lacks.</summary>
    public const string FileAdded = "MPL603";

    /// <summary>A license file of the lock file that is gone.</summary>
    public const string FileRemoved = "MPL604";

    /// <summary>An artifact that the lock file lacks.</summary>
    public const string ArtifactAdded = "MPL605";

    /// <summary>An artifact of the lock file that is gone.</summary>
    public const string ArtifactRemoved = "MPL606";

    /// <summary>A declared license other than the lock file has.</summary>
    public const string DeclarationChanged = "MPL607";

    /// <summary>A relation to the result other than the lock file has.</summary>
    public const string RelationChanged = "MPL608";

    /// <summary>The code of a condition.</summary>
    public static string Of(ConditionKind kind) => kind switch
    {
        ConditionKind.Copy => "MPL201",
        ConditionKind.Notice => "MPL202",
        ConditionKind.Changes => "MPL203",
        ConditionKind.PassOn => "MPL204",
        ConditionKind.Display => "MPL205",
        ConditionKind.Name => "MPL206",
        ConditionKind.Policy => "MPL207",
        ConditionKind.Source => "MPL208",
        ConditionKind.Duty => "MPL209",
        ConditionKind.Field => "MPL301",
        ConditionKind.Territory => "MPL302",
        ConditionKind.Scale => "MPL303",
        ConditionKind.Commercial => "MPL304",
        ConditionKind.Training => "MPL305",
        ConditionKind.Derivatives => "MPL306",
        ConditionKind.Registration => "MPL307",
        ConditionKind.Safeguards => "MPL308",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>A few words for what a code stands for.</summary>
    public static string Title(string code) => code switch
    {
        UnknownLicense => "License not in the catalogue",
        MissingFact => "Missing fact",
        UnsettledReach => "Reach not settled",
        TooManyChoices => "Too many choices",
        Disagreement => "Declared license disagrees with the text",
        NoLicense => "No license",
        UnclearDeclaration => "Unclear declaration",
        UnknownParent => "License of a parent not known",
        UnreadText => "Changed or unknown license text",
        Outbound => "Outbound license not accepted",
        Conflict => "Conflicting licenses",
        TwoRestrictions => "Two sets of use restrictions",
        PolicyDenied => "Denied by the policy",
        PolicyReview => "Review asked by the policy",
        NotOnAllowList => "Not on the policy's allow list",
        ExpiredException => "Exception expired",
        LicenseChanged => "License changed since the lock file",
        TextChanged => "License text changed since the lock file",
        FileAdded => "License file added since the lock file",
        FileRemoved => "License file gone since the lock file",
        ArtifactAdded => "Work added since the lock file",
        ArtifactRemoved => "Work gone since the lock file",
        DeclarationChanged => "Declared license changed since the lock file",
        RelationChanged => "Relation changed since the lock file",
        _ => Enum.GetValues<ConditionKind>().Where(kind => Of(kind) == code).Select(static kind => kind.ToString()).FirstOrDefault() ?? code,
    };
}
