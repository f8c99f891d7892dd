using System.CommandLine;
using ModelPack.Cli.Commands;
using ModelPack.Licensing.Audit;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;
using ModelPack.Licensing.Locks;
using ModelPack.Licensing.Policy;
using ModelPack.Licensing.Spdx;
using ModelPack.Packaging.Provenance;

namespace ModelPack.Cli.Licenses;

/// <summary>The options of audit and notice that say what is to be done; a fresh one for each command.</summary>
/// <param name="defaultUse">The use when neither the command line nor a policy says one.</param>
/// <param name="nameMeaning">What "--name" is where it must be given; null where it need not.</param>
internal sealed class AuditQuestion(UseKind defaultUse, string? nameMeaning = null)
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

    private readonly Option<string?> _name = new("--name")
    {
        Description = nameMeaning ?? "The result's name. Default: the name in its metadata.",
        HelpName = "NAME",
        Required = nameMeaning is not null,
    };

    private readonly Option<string?> _policy = new("--policy") { Description = "Policy file: lists, facts, exceptions, lineage ('modelpack new policy' writes one).", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_policy, _use, _facts, _outbound, _name])
        {
            command.Add(option);
        }
    }

    /// <summary>Reads the options and the policy file.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    /// <exception cref="Models.ModelPackException">The policy file breaks its rules.</exception>
    public (AuditOptions Options, LicensePolicy Policy) Read(ParseResult parsed)
    {
        UseKind? use = parsed.GetValue(_use) is { } word ? LicenseFaults.AsUsage(() => CatalogWords.Parse<UseKind>(word), "--use") : null;
        AuditOptions options = new()
        {
            Use = use ?? defaultUse,
            Facts = LicenseFaults.AsUsage(() => Facts.Parse(parsed.GetValue(_facts) ?? []), "--fact"),
            Outbound = parsed.GetValue(_outbound) is { } expression ? ReadExpression(expression) : null,
            Name = parsed.GetValue(_name),
        };
        if (parsed.GetValue(_policy) is not { } named)
        {
            return (options, LicensePolicy.None);
        }

        string path = ModelArguments.RequirePath(named, "--policy");
        LicensePolicy policy = LicenseFaults.AsInput(() => LicensePolicy.Read(path));
        return (PolicyAudit.Complete(options, policy, use, Path.GetFileName(path)), policy);
    }

    /// <summary>The policy file; null for none.</summary>
    public string? PolicyFile(ParseResult parsed) => parsed.GetValue(_policy);

    /// <summary>What the command line says, for a record: no paths, only file names.</summary>
    public IEnumerable<ProvenanceValue> Parameters(ParseResult parsed)
    {
        string? file = PolicyFile(parsed);
        ProvenanceValue?[] all =
        [
            file is null ? null : ProvenanceValue.Of("policy", Path.GetFileName(file)),
            parsed.GetValue(_use) is { } use ? ProvenanceValue.Of("use", use) : null,
            parsed.GetValue(_facts) is { Length: > 0 } facts ? ProvenanceValue.List("fact", facts) : null,
            parsed.GetValue(_outbound) is { } outbound ? ProvenanceValue.Of("out", outbound) : null,
        ];
        return all.OfType<ProvenanceValue>();
    }

    /// <summary>Audits a model under the policy.</summary>
    /// <param name="subject">The model.</param>
    /// <param name="options">What is to be done.</param>
    /// <param name="policy">Lists and exceptions.</param>
    /// <param name="pinned">What an earlier audit found; null for nothing.</param>
    /// <exception cref="UsageException">The outbound license is no expression.</exception>
    public static AuditReport Run(AuditSubject subject, AuditOptions options, LicensePolicy policy, LicenseLock? pinned = null)
    {
        AuditReport report = LicenseFaults.AsUsage(() => LicenseAudit.Run(subject, options, LicenseCatalog.Default));
        report = pinned is null ? report : LockAudit.Apply(report, pinned);
        return PolicyAudit.Apply(report, policy, TimeProvider.System);
    }

    private static string ReadExpression(string text) =>
        LicenseCatalog.Default.Find(text) is not null || SpdxExpression.TryParse(text, out _, out SpdxFault? fault)
            ? text
            : throw new UsageException($"--out: \"{text}\" is no license expression: {fault}");
}
