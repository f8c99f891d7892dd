using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>How the codes of each weight are chosen: the first rule that matches it tells, else the default.</summary>
/// <param name="standard">The method of weights that no rule matches.</param>
/// <param name="rules">In the order given.</param>
public sealed class MethodRules(SolveMethod standard, IReadOnlyList<MethodRule> rules)
{
    /// <summary>The method of weights that no rule matches.</summary>
    public SolveMethod Default => standard;

    /// <summary>Whether the method is the default, or that of a rule.</summary>
    public bool Uses(SolveMethod method) => standard == method || rules.Any(r => r.Method == method);

    /// <summary>Whether there is a weight whose codes depend on statistics of its inputs.</summary>
    public bool UsesStatistics => Uses(SolveMethod.Gptq) || Uses(SolveMethod.Importance);

    /// <summary>Refuses rules that match nothing.</summary>
    /// <param name="subjects">Every tensor of the model.</param>
    /// <exception cref="ModelPackException">A rule matches no tensor; the message has the nearest names.</exception>
    public void Check(IReadOnlyList<RuleSubject> subjects)
    {
        foreach (MethodRule rule in rules)
        {
            if (subjects.All(s => s.CountSelected(rule.Pattern) == 0))
            {
                throw RuleSet.MatchesNothing(rule.ToString(), rule.Pattern, subjects);
            }
        }
    }

    /// <summary>The method of a weight.</summary>
    /// <param name="role">With the expert's number, where there are experts.</param>
    public SolveMethod Find(TensorRole role) => RuleFor(role)?.Method ?? standard;

    /// <summary>The method of a tensor of an output, which may hold many experts.</summary>
    /// <param name="role">Its place, without a number of an expert when it is a stack of them.</param>
    /// <param name="experts">The experts of the stack; empty for anything else.</param>
    /// <exception cref="ModelPackException">The stack's weights have different methods: it is encoded as a whole.</exception>
    public SolveMethod Find(TensorRole role, IReadOnlyList<int> experts)
    {
        TensorKind[] kinds = role.Kind == TensorKind.ExpertGateUp ? [TensorKind.ExpertGate, TensorKind.ExpertUp] : [role.Kind];
        TensorRole[] roles =
        [
            .. kinds.Select(k => role with { Kind = k })
                .SelectMany(r => experts.Count == 0 ? (IEnumerable<TensorRole>)[r] : experts.Select(e => r with { Expert = e })),
        ];
        SolveMethod method = Find(roles[0]);
        foreach (TensorRole other in roles.Where(r => Find(r) != method))
        {
            MethodRule rule = (RuleFor(other) ?? RuleFor(roles[0]))!;
            throw new ModelPackException(
                $"methods: '{rule.Pattern.Text}': {roles[0]} would have {NameOf(method)} and {other} {NameOf(Find(other))}, "
                + $"but the output stores them in one tensor ({role}), which has one method: write a pattern for all of them");
        }

        return method;
    }

    /// <summary>"rtn", "importance" or "gptq".</summary>
    public static string NameOf(SolveMethod method) => method.ToString().ToLowerInvariant();

    /// <summary>The default, then the rules: "gptq; layers.0: rtn".</summary>
    public override string ToString() => string.Join("; ", [NameOf(standard), .. rules]);

    private MethodRule? RuleFor(TensorRole role)
    {
        if (rules.Count == 0)
        {
            return null;
        }

        RuleSubject subject = new(GgufNames.Of(role with { Expert = null }), role.ToString(), 1);
        return rules.FirstOrDefault(r => subject.CountSelected(r.Pattern) > 0);
    }
}
