using System.Globalization;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;
using ModelPack.Licensing.Spdx;

namespace ModelPack.Licensing.Policy;

/// <summary>Reads a policy file; docs/policy.md tells the fields.</summary>
internal static class PolicyReader
{
    public static InvalidPolicyException Fault(string file, long line, long column, string message) => new(file, line, column, message);

    /// <exception cref="InvalidPolicyException">The text is no YAML, or has an unknown, missing or unreadable field.</exception>
    public static LicensePolicy Read(string file, string yaml)
    {
        YamlFields fields = new(file, YamlText.Parse(file, yaml, Fault, YamlLimits.Written), Fault);
        foreach (string name in (string[])["facts", "allow", "deny", "review", "exceptions", "lineage"])
        {
            fields.SkipEmpty(name);
        }

        fields.Required("schemaVersion", Version);
        LicensePolicy policy = new()
        {
            Use = fields.Optional("use", (UseKind?)null, static text => CatalogWords.Parse<UseKind>(text)),
            Outbound = fields.Optional("outbound", (string?)null, Expression),
            Name = fields.Optional("name"),
            Facts = fields.Mapping("facts") is { } facts ? Facts.Parse(facts.AllLists(FactName, Fact)) : Facts.None,
            Allow = Rules(fields, "allow"),
            Deny = Rules(fields, "deny"),
            Review = Rules(fields, "review"),
            Exceptions = [.. fields.Mappings("exceptions").Select(Waiver)],
            Lineage = Lineage(fields),
            FailOn = fields.Optional("failOn", Verdict.Review, LicensePolicy.ParseFailOn),
        };
        fields.End();
        return policy;
    }

    private static string Version(string text) => text == LicensePolicy.SchemaVersion.ToString(CultureInfo.InvariantCulture)
        ? text
        : throw new LicensingException($"version '{text}' of the format is not known here; expected {LicensePolicy.SchemaVersion}");

    private static FactDefinition FactName(string name) =>
        name == "name" ? throw new LicensingException("the result's name is no fact here; expected it in the policy's field 'name'")
        : FactDefinition.Find(name) ?? throw new LicensingException(
            $"there is no fact '{name}'{Suggestion.For(name, FactDefinition.All.Select(static fact => fact.Name))}");

    private static string Fact(FactDefinition fact, IReadOnlyList<string> texts, bool list)
    {
        if (list && fact.Kind is not (FactKind.Words or FactKind.Places))
        {
            throw new LicensingException($"{fact.Name} has one value; found a list");
        }

        string text = string.Join(',', texts);
        _ = FactValue.Parse(fact.Kind, text);
        return $"{fact.Name}={text}";
    }

    private static IReadOnlyList<PolicyRule> Rules(YamlFields fields, string list) =>
        fields.Items(list, static (text, line) => new PolicyRule(LicensePattern.Parse(text), null, null, line), Rule);

    private static PolicyRule Rule(YamlFields fields)
    {
        PolicyRule rule = new(
            fields.Optional("license", (LicensePattern?)null, LicensePattern.Parse),
            fields.Optional("condition", (ConditionKind?)null, static text => CatalogWords.Parse<ConditionKind>(text)),
            fields.Optional("reason"),
            fields.Line);
        fields.End();
        return (rule.License is null) != (rule.Condition is null)
            ? rule
            : throw fields.FaultAt("condition", "expected either 'license' or 'condition'");
    }

    private static PolicyWaiver Waiver(YamlFields fields)
    {
        PolicyWaiver waiver = new()
        {
            License = fields.Optional("license", (LicensePattern?)null, LicensePattern.Parse),
            Code = fields.Optional("code", (string?)null, Code),
            Component = fields.Optional("component"),
            Clause = fields.Optional("clause"),
            Reason = fields.Required("reason"),
            Expires = fields.Required("expires", Date),
            Line = fields.Line,
        };
        fields.End();
        return waiver is { License: null, Code: null, Component: null } ? throw fields.FaultAt("license", "expected at least one of 'license', 'code' and 'component'")
            : waiver is { Clause: not null, License: null } ? throw fields.FaultAt("clause", "a clause is one of a license; expected 'license' too")
            : waiver;
    }

    private static string Code(string text) => text.Length == 6 && text.StartsWith("MPL", StringComparison.Ordinal) && text[3..].All(char.IsAsciiDigit)
        ? text
        : throw new LicensingException($"'{text}' is no finding code; expected one such as MPL303");

    private static DateOnly Date(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
        ? date
        : throw new LicensingException($"'{text}' is no day; expected YYYY-MM-DD");

    private static List<PolicyArtifact> Lineage(YamlFields fields)
    {
        List<PolicyArtifact> all = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (YamlFields item in fields.Mappings("lineage"))
        {
            PolicyArtifact artifact = Artifact(item);
            all.Add(names.Add(artifact.Name) ? artifact : throw item.FaultAt("artifact", $"'{artifact.Name}' stands here twice; expected one item for each artifact"));
        }

        return all;
    }

    private static PolicyArtifact Artifact(YamlFields fields)
    {
        PolicyArtifact artifact = new(
            fields.Required("artifact"),
            fields.Optional("license", (string?)null, Expression),
            fields.Optional("reason"),
            [.. fields.Mappings("parents").Select(Parent)],
            fields.Items("datasets", static (text, _) => new PolicyDataset(text, null), Dataset),
            fields.Line);
        fields.End();
        return artifact is { License: not null, Reason: null }
            ? throw fields.FaultAt("license", "a person's conclusion needs a reason; expected 'reason' too")
            : artifact;
    }

    private static PolicyParent Parent(YamlFields fields)
    {
        PolicyParent parent = new(fields.Required("name"), fields.Required("relation", Made), fields.Optional("license", (string?)null, Expression));
        fields.End();
        return parent;
    }

    private static PolicyDataset Dataset(YamlFields fields)
    {
        PolicyDataset dataset = new(fields.Required("name"), fields.Optional("license", (string?)null, Expression));
        fields.End();
        return dataset;
    }

    private static Relation Made(string text) => CatalogWords.Parse<Relation>(text) is var relation && !relation.IsAct()
        ? relation
        : throw new LicensingException(
            $"'{text}' is done with a result; expected how one is made: {string.Join(", ", CatalogWords.Of<Relation>().Where(static word => !CatalogWords.Parse<Relation>(word).IsAct()))}");

    private static string Expression(string text) =>
        LicenseCatalog.Default.Find(text) is not null || SpdxExpression.TryParse(text, out _, out SpdxFault? fault)
            ? text
            : throw new LicensingException($"'{text}' is no license expression: {fault}");
}
