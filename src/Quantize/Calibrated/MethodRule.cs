using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>A method for the weights that a pattern matches.</summary>
/// <param name="Pattern">Which, as in a rule for types.</param>
/// <param name="Method">How their codes are chosen.</param>
public sealed record MethodRule(RulePattern Pattern, SolveMethod Method)
{
    /// <summary>As a recipe has it: "layers.0: rtn".</summary>
    public override string ToString() => $"{Pattern.Text}: {MethodRules.NameOf(Method)}";
}
