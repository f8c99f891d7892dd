using ModelPack.Models;

namespace ModelPack.Quantize.Rules;

/// <summary>Rules matched against all tensors of a model; the first that matches a tensor wins.</summary>
public sealed class RuleSet
{
    private const int MostNames = 3;

    private readonly Dictionary<string, TypeRule> _winners = [];

    /// <param name="rules">In the order given.</param>
    /// <param name="subjects">Every tensor of the model.</param>
    /// <param name="isFixed">Whether a tensor, by its GGUF name, is never quantized: rules pass it over.</param>
    /// <exception cref="ModelPackException">
    /// A rule matches no tensor, only tensors that are never quantized, or some experts of a stacked tensor but not all.
    /// </exception>
    public RuleSet(IReadOnlyList<TypeRule> rules, IReadOnlyList<RuleSubject> subjects, Func<string, bool> isFixed)
    {
        foreach (TypeRule rule in rules)
        {
            RuleSubject[] matched = [.. subjects.Where(s => Selects(rule, s))];
            if (matched.Length == 0)
            {
                throw MatchesNothing(rule.Text, rule.Pattern, subjects);
            }

            RuleSubject[] free = [.. matched.Where(s => !isFixed(s.Name))];
            if (free.Length == 0)
            {
                throw MatchesOnlyFixed(rule.Text, matched.Select(static s => s.Name));
            }

            foreach (RuleSubject subject in free)
            {
                _winners.TryAdd(subject.Name, rule);
            }
        }
    }

    /// <summary>The rule that decides a tensor's type; null when none matches it.</summary>
    /// <param name="name">GGUF name.</param>
    public TypeRule? Find(string name) => _winners.GetValueOrDefault(name);

    /// <summary>The fault of a rule that matches no tensor; it names the nearest names.</summary>
    internal static ModelPackException MatchesNothing(string rule, RulePattern pattern, IReadOnlyList<RuleSubject> subjects) =>
        new($"rule '{rule}': matches no tensor; the nearest names are {string.Join(", ", Nearest(pattern.Text, subjects))}");

    /// <summary>The fault of a rule that changes nothing.</summary>
    internal static ModelPackException MatchesOnlyFixed(string rule, IEnumerable<string> names) =>
        new($"rule '{rule}': matches only tensors that are never quantized: {List(names)}");

    private static bool Selects(TypeRule rule, RuleSubject subject)
    {
        int selected = subject.CountSelected(rule.Pattern);
        return selected == 0 || selected == subject.Experts
            ? selected > 0
            : throw new ModelPackException(
                $"rule '{rule}': selects {selected} of the {subject.Experts} experts of {subject.Name}; GGUF stores one type for "
                + "all experts of a tensor (ONNX has a type per expert: --to onnx)");
    }

    private static string List(IEnumerable<string> names)
    {
        string[] all = [.. names];
        string more = all.Length > MostNames ? $" and {all.Length - MostNames} more" : "";
        return string.Join(", ", all.Take(MostNames)) + more;
    }

    private static IEnumerable<string> Nearest(string pattern, IReadOnlyList<RuleSubject> subjects) => subjects
        .SelectMany(static s => s.Path is null ? [s.Name] : new[] { s.Path, s.Name })
        .Select(static n => string.Join('.', n.Split('.').Select(static p => p.All(char.IsAsciiDigit) ? "*" : p)))
        .Distinct()
        .Select(n => (Name: n, Distance: EditDistance.Between(pattern, n)))
        .OrderBy(static n => n.Distance)
        .ThenBy(static n => n.Name, StringComparer.Ordinal)
        .Take(MostNames)
        .Select(static n => n.Name);
}
