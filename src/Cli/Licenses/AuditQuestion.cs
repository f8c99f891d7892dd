using System.CommandLine;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Cli.Licenses;

/// <summary>The options of audit and notice that say what is to be done; a fresh one for each command.</summary>
/// <param name="defaultUse">The use when neither the command line nor a policy says one.</param>
internal sealed class AuditQuestion(UseKind defaultUse)
{
    private readonly Option<string?> _use = new("--use")
    {
        Description = $"Who the result is for. Default: {CatalogWords.Spelling(defaultUse)}.",
        HelpName = string.Join('|', CatalogWords.Of<UseKind>()),
    };

    private readonly Option<string[]> _facts = new("--fact") { Description = "A fact that clauses ask for, such as mau=50000000; repeatable.", HelpName = "NAME=VALUE" };

    private readonly Option<string?> _outbound = new("--out")
    {
        Description = "The license that the result goes out under. Default: the model's own.",
        HelpName = "EXPRESSION",
    };

    private readonly Option<string?> _name = new("--name") { Description = "The result's name. Default: the name in its metadata.", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_use, _facts, _outbound, _name])
        {
            command.Add(option);
        }
    }

    /// <exception cref="UsageException">A value cannot be read.</exception>
    public AuditOptions Read(ParseResult parsed) => new()
    {
        Use = parsed.GetValue(_use) is { } word ? LicenseFaults.AsUsage(() => CatalogWords.Parse<UseKind>(word), "--use") : defaultUse,
        Facts = LicenseFaults.AsUsage(() => Facts.Parse(parsed.GetValue(_facts) ?? []), "--fact"),
        Outbound = parsed.GetValue(_outbound),
        Name = parsed.GetValue(_name),
    };
}
