using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Catalog;

/// <summary>Reads one catalogue file; docs/licensing.md tells the fields.</summary>
internal static class LicenseReader
{
    /// <exception cref="InvalidCatalogException">The file is no YAML, or has an unknown, missing or unreadable field.</exception>
    public static LicenseEntry Read(string file, string yaml)
    {
        YamlFields fields = new(file, YamlText.Parse(file, yaml, Fault, YamlLimits.Written), Fault);
        string id = fields.Required("id");
        LicenseEntry entry = new()
        {
            Id = id,
            Name = fields.Required("name"),
            Aliases = fields.List("aliases", static text => text),
            Models = fields.List("models", ModelName),
            Family = fields.Required("family"),
            Source = Source(fields.Mapping("source") ?? throw Fault(file, 1, 1, "the field 'source' is missing")),
            Remark = fields.Optional("remark"),
            Derivatives = fields.List("derivatives", Word<Relation>),
            Outbound = fields.Mapping("outbound") is { } outbound ? Outbound(id, outbound) : null,
            Conditions = [.. fields.Mappings("conditions").Select(Condition)],
        };
        fields.End();
        return entry;
    }

    private static LicenseSource Source(YamlFields fields)
    {
        LicenseSource source = new(fields.Required("repository"), fields.Required("path"), fields.Optional("commit"));
        fields.End();
        return source;
    }

    private static OutboundRule Outbound(string id, YamlFields fields)
    {
        OutboundRule rule = new()
        {
            Clause = fields.Required("clause"),
            Accepts = [id, .. fields.List("accepts", static text => text)],
            Otherwise = fields.Required("otherwise", Word<Verdict>),
            Exclusive = fields.Optional("exclusive", false, YesOrNo),
            Hosting = fields.Optional("hosting", false, YesOrNo),
            Restrictions = fields.Optional("restrictions", false, YesOrNo),
            NoConflict = fields.Optional("noConflict", false, YesOrNo),
            Rejects = fields.List("rejects", static text => text),
            Text = fields.Required("text"),
        };
        fields.End();
        return rule;
    }

    private static LicenseCondition Condition(YamlFields fields)
    {
        (Guard? when, string? whenText) = fields.Optional("when", (null, null), static text => ((Guard?)GuardParser.Parse(text), (string?)text));
        LicenseCondition condition = new()
        {
            Kind = fields.Required("kind", Word<ConditionKind>),
            Clause = fields.Required("clause"),
            From = fields.List("from", Word<Relation>),
            Always = fields.Optional("always", false, YesOrNo),
            Acts = fields.List("acts", Act),
            Uses = fields.List("uses", Word<UseKind>),
            SparesFamily = fields.Optional("sparesFamily", false, YesOrNo),
            Effect = fields.Required("effect", Word<Verdict>),
            Unknown = fields.Optional("unknown", Verdict.Review, Word<Verdict>),
            Presumed = fields.Mapping("presume")?.All(Presumption) ?? [],
            Text = fields.Required("text"),
            Print = fields.Optional("print"),
            When = when,
            WhenText = whenText,
        };
        fields.End();
        return condition;
    }

    private static FactValue Presumption(string name, string text) => FactDefinition.Find(name) is { } fact
        ? FactValue.Parse(fact.Kind, text)
        : throw new LicensingException($"there is no fact \"{name}\"");

    private static Relation Act(string text) => Word<Relation>(text) is var act && act.IsAct()
        ? act
        : throw new LicensingException($"'{text}' is no act; expected host, use or redistribute");

    private static string ModelName(string text) => text.Count('/') == 1 && !text[..^1].Contains('*')
        ? text
        : throw new LicensingException($"'{text}' is no model; expected owner/name, or owner/start-of-name*");

    private static bool YesOrNo(string text) => FactValue.Parse(FactKind.Flag, text).Flag;

    private static T Word<T>(string text)
        where T : struct, Enum => CatalogWords.Parse<T>(text);

    public static InvalidCatalogException Fault(string file, long line, long column, string message) => new(file, line, column, message);
}
