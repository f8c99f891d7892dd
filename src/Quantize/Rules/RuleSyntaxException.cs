using ModelPack.Models;

namespace ModelPack.Quantize.Rules;

/// <summary>A rule that cannot be read.</summary>
/// <param name="rule">The rule as typed.</param>
/// <param name="column">Where it goes wrong, counted from 1.</param>
/// <param name="expectation">What was found there, and what was expected.</param>
public sealed class RuleSyntaxException(string rule, int column, string expectation)
    : ModelPackException($"rule '{rule}': column {column}: {expectation}")
{
    /// <summary>Where the rule goes wrong, counted from 1.</summary>
    public int Column => column;
}
