using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Guards;

namespace ModelPack.Licensing.Compatibility;

/// <summary>
/// Answers a question from the catalogue's clauses. Where an input offers a choice of licenses, the mildest answer
/// counts; where a license is unknown or a needed fact is missing, the answer is review, never allowed.
/// </summary>
public sealed class LicenseCheck
{
    private readonly LicenseCatalog _catalog;
    private readonly Question _question;
    private readonly Facts _facts;
    private readonly IReadOnlyList<IReadOnlyList<string>>? _outbound;

    private LicenseCheck(Question question, LicenseCatalog catalog)
    {
        _catalog = catalog;
        _question = question;
        _outbound = question.Outbound is null
            ? null
            : Choices(question.Outbound) ?? throw new LicensingException($"the outbound expression offers more than {LicenseChoices.Limit} choices");
        _facts = Complete(question);
    }

    /// <exception cref="LicensingException">The question has no input or relation, or an expression cannot be read.</exception>
    public static Answer Run(Question question, LicenseCatalog catalog)
    {
        if (question.Inputs.Count == 0)
        {
            throw new LicensingException("a question needs at least one input license");
        }

        if (question.Relations.Count == 0 && question.Inputs.Any(static input => input.Relations is null or []))
        {
            throw new LicensingException("a question needs at least one relation");
        }

        return new LicenseCheck(question, catalog).Best();
    }

    private static Facts Complete(Question question)
    {
        Facts facts = question.Facts.Presume("end_user_of_product", FactValue.Of(false));
        facts = question.Use == UseKind.Personal ? facts.Presume("commercial", FactValue.Of(false)) : facts;
        return question.Name is null ? facts : facts.Presume("name", FactValue.OfText(question.Name));
    }

    // Some names of licenses hold spaces; such a name is no expression.
    private IReadOnlyList<IReadOnlyList<string>>? Choices(string expression) =>
        _catalog.Find(expression) is { } entry ? [[entry.Id]] : LicenseChoices.Of(expression);

    private Answer Best()
    {
        List<List<(int Input, string Id)>> choices = [[]];
        for (int i = 0; i < _question.Inputs.Count; i++)
        {
            IReadOnlyList<IReadOnlyList<string>>? offered = Choices(_question.Inputs[i].Expression);
            if (offered is null || choices.Count * offered.Count > LicenseChoices.Limit)
            {
                return TooMany(_question.Inputs[i]);
            }

            int input = i;
            choices = [.. choices.SelectMany(_ => offered, (before, ids) => (List<(int, string)>)[.. before, .. ids.Select(id => (input, id))])];
        }

        return choices.Select(Answer).MinBy(static answer => (answer.Verdict, answer.Findings.Count(f => f.Verdict == answer.Verdict)))!;
    }

    private Answer Answer(List<(int Input, string Id)> choice)
    {
        List<Finding> findings = [];
        List<BoundWork> works = [];
        foreach ((int input, string id) in choice)
        {
            // "GPL-2.0+" is an older spelling of a license's later versions; the version itself is one of them.
            if ((_catalog.Find(id) ?? _catalog.Find(id.TrimEnd('+'))) is { } entry)
            {
                works.Add(Bind(input, entry));
            }
            else
            {
                findings.Add(new(
                    FindingCode.UnknownLicense,
                    Verdict.Review,
                    id,
                    null,
                    $"The catalogue has no license \"{id}\": its text must be read.",
                    [],
                    Path(_question.Inputs[input], RelationsOf(input))));
            }
        }

        findings.AddRange(works.SelectMany(work => ConditionRules.Findings(work, _question.Use, _facts, works)));
        findings.AddRange(works.SelectMany(Unsettled));
        findings.AddRange(OutboundRules.Findings(works, _outbound, _catalog));
        findings.AddRange(PairRules.Findings(works));
        return new(
            findings.Select(static f => f.Verdict).DefaultIfEmpty(Verdict.Allowed).Max(),
            [.. findings.DistinctBy(static f => (f.Code, f.Verdict, f.License, f.Clause, f.Text, f.Path[0])).OrderByDescending(static f => f.Verdict)]);
    }

    private BoundWork Bind(int input, LicenseEntry entry)
    {
        IReadOnlyList<Relation> relations = RelationsOf(input);
        return new(
            entry,
            input,
            [.. relations.Where(static r => !r.IsAct())],
            [.. relations.Where(static r => r.IsAct())],
            Path(_question.Inputs[input], relations));
    }

    // The use says what is done with the result even when no relation does.
    private IReadOnlyList<Relation> RelationsOf(int input) =>
    [
        .. (_question.Inputs[input].Relations is { Count: > 0 } own ? own : _question.Relations)
            .Append(_question.Use switch
            {
                UseKind.Saas => Relation.Host,
                UseKind.Redistribute => Relation.Redistribute,
                _ => Relation.Use,
            })
            .Distinct()
            .Order(),
    ];

    private IReadOnlyList<string> Path(QuestionInput input, IReadOnlyList<Relation> relations) =>
        [.. input.Path ?? [input.Expression], .. relations.Select(CatalogWords.Spelling), _question.Name ?? "result"];

    // Weights beside the base: few texts say whether these are a derivative.
    private static IEnumerable<Finding> Unsettled(BoundWork work)
    {
        if (work.Made.Contains(Relation.Adapter) && !work.Reached && work.Entry.Outbound is { } rule)
        {
            yield return new(
                FindingCode.UnsettledReach,
                Verdict.Review,
                work.Entry.Id,
                rule.Clause,
                "The text does not say whether an adapter on its own is a derivative; used with its base, the base's terms bind.",
                [],
                work.Path);
        }
    }

    private static Answer TooMany(QuestionInput input) => new(
        Verdict.Review,
        [
            new(
                FindingCode.TooManyChoices,
                Verdict.Review,
                input.Expression,
                null,
                $"The inputs offer more than {LicenseChoices.Limit} choices together: choose the licenses to use.",
                [],
                input.Path ?? [input.Expression]),
        ]);
}
