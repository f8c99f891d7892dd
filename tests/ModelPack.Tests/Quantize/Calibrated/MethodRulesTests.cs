using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibrated;
using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Solving;

namespace ModelPack.Tests.Quantize.Calibrated;

public sealed class MethodRulesTests
{
    [Theory]
    [InlineData("layers.0.attention.q", SolveMethod.Importance)]
    [InlineData("layers.0.experts.3.down", SolveMethod.Rtn)]
    [InlineData("layers.1.attention.q", SolveMethod.Importance)]
    [InlineData("layers.1.experts.3.down", SolveMethod.Gptq)]
    [InlineData("head", SolveMethod.Rtn)]
    public void The_first_pattern_that_matches_wins(string path, SolveMethod expected)
    {
        MethodRules rules = Rules(("layers.*.attention.**", SolveMethod.Importance), ("layers.0", SolveMethod.Rtn), ("output.weight", SolveMethod.Rtn));
        Assert.True(TensorRole.TryParse(path, out TensorRole role));
        Assert.Equal(expected, rules.Find(role));
    }

    [Theory]
    [InlineData("layers.0.experts.*", TensorKind.ExpertDown)]
    [InlineData("layers.0.experts.{0..3}", TensorKind.ExpertDown)]
    [InlineData("layers.0.experts.*", TensorKind.ExpertGateUp)]
    [InlineData("layers.0.experts.*.{gate,up}", TensorKind.ExpertGateUp)]
    [InlineData("blk.0.ffn_down_exps", TensorKind.ExpertDown)]
    public void A_stack_has_the_method_of_all_its_experts(string pattern, TensorKind kind) =>
        Assert.Equal(SolveMethod.Rtn, Rules((pattern, SolveMethod.Rtn)).Find(new TensorRole(kind, 0), [0, 1, 2, 3]));

    [Theory]
    [InlineData("layers.0.experts.2", TensorKind.ExpertDown, "layers.0.experts.0.down would have gptq and layers.0.experts.2.down rtn")]
    [InlineData("layers.0.experts.{0,1}", TensorKind.ExpertDown, "layers.0.experts.0.down would have rtn and layers.0.experts.2.down gptq")]
    [InlineData("layers.0.experts.*.up", TensorKind.ExpertGateUp, "layers.0.experts.0.gate would have gptq and layers.0.experts.0.up rtn")]
    public void A_stack_of_different_methods_is_refused_by_its_pattern(string pattern, TensorKind kind, string message)
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Rules((pattern, SolveMethod.Rtn)).Find(new TensorRole(kind, 0), [0, 1, 2, 3]));
        Assert.StartsWith($"methods: '{pattern}': {message}", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_matches_nothing_is_refused_with_the_nearest_names()
    {
        RuleSubject[] subjects = [new("blk.0.attn_q.weight", "layers.0.attention.q", 1), new("output.weight", "head", 1)];
        Rules(("layers.0", SolveMethod.Rtn)).Check(subjects);
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Rules(("layers.0.atention.q", SolveMethod.Rtn)).Check(subjects));
        Assert.StartsWith("rule 'layers.0.atention.q: rtn': matches no tensor; the nearest names are ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_used_is_the_default_and_what_rules_say()
    {
        MethodRules rules = new(SolveMethod.Rtn, [new(RulePattern.Parse("head"), SolveMethod.Importance)]);
        Assert.Equal((true, true, false), (rules.Uses(SolveMethod.Rtn), rules.UsesStatistics, rules.Uses(SolveMethod.Gptq)));
        Assert.False(new MethodRules(SolveMethod.Rtn, []).UsesStatistics);
        Assert.Equal("rtn; head: importance", rules.ToString());
        Assert.Equal("gptq", new MethodRules(SolveMethod.Gptq, []).ToString());
    }

    private static MethodRules Rules(params (string Pattern, SolveMethod Method)[] rules) =>
        new(SolveMethod.Gptq, [.. rules.Select(static r => new MethodRule(RulePattern.Parse(r.Pattern), r.Method))]);
}
