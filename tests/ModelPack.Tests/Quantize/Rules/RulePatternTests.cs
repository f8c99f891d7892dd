using ModelPack.Quantize.Rules;

namespace ModelPack.Tests.Quantize.Rules;

public sealed class RulePatternTests
{
    [Theory]
    [InlineData("layers.3.attention.q", "layers.3.attention.q", true)]
    [InlineData("layers.3.attention.q", "layers.3.attention.q_norm", false)]
    [InlineData("layers.3.attention.q", "layers.3.attention.q.bias", true)]
    [InlineData("layers.3.attention.q", "layers.31.attention.q", false)]
    [InlineData("layers.3", "layers.3.attention.q", true)]
    [InlineData("layers.3", "layers.30.attention.q", false)]
    [InlineData("layers.*.attention.q", "layers.12.attention.q", true)]
    [InlineData("layers.*.q", "layers.12.attention.q", false)]
    [InlineData("layers.**.q", "layers.12.attention.q", true)]
    [InlineData("layers.**.attention.q", "layers.attention.q", true)]
    [InlineData("**.down", "layers.3.experts.5.down", true)]
    [InlineData("**.down", "down", true)]
    [InlineData("**.down", "layers.3.experts.5.downward", false)]
    [InlineData("**", "anything.at.all", true)]
    [InlineData("layers.**", "layers.3.router", true)]
    [InlineData("layers.**", "head", false)]
    [InlineData("layers.{0,5}.router", "layers.5.router", true)]
    [InlineData("layers.{0,5}.router", "layers.50.router", false)]
    [InlineData("layers.{0..3}.router", "layers.2.router", true)]
    [InlineData("layers.{0..3}.router", "layers.4.router", false)]
    [InlineData("layers.{0,7..9}.router", "layers.8.router", true)]
    [InlineData("layers.*.experts.{0,5}", "layers.1.experts.5.up", true)]
    [InlineData("layers.*.experts.{0,5}", "layers.1.experts.4.up", false)]
    [InlineData("blk.*.ffn_{up,down}_exps", "blk.7.ffn_down_exps.weight", true)]
    [InlineData("blk.*.ffn_*_exps", "blk.7.ffn_gate_exps.weight", true)]
    [InlineData("blk.*.ffn_*_exps.weight", "blk.7.ffn_gate_exps.weight", true)]
    [InlineData("blk.*.ffn_*_exps", "blk.7.ffn_gate.weight", false)]
    [InlineData("token_embd", "token_embd.weight", true)]
    [InlineData("output", "output_norm.weight", false)]
    public void A_pattern_matches_whole_segments_and_what_follows_at_a_dot(string pattern, string name, bool expected) =>
        Assert.Equal(expected, RulePattern.Parse(pattern).Matches(name));

    [Theory]
    [InlineData("layers..q=q8_0", 8, "an empty segment; expected a name, '*' or '**'")]
    [InlineData("=q8_0", 1, "an empty segment; expected a name, '*' or '**'")]
    [InlineData("layers.=q8_0", 8, "an empty segment; expected a name, '*' or '**'")]
    [InlineData("layers.{0,1=q8_0", 8, "'{' without a '}'")]
    [InlineData("layers.{0,}=q8_0", 11, "'' is no alternative; expected a text or a range such as 0..3")]
    [InlineData("layers.{3..0}=q8_0", 9, "'3..0' is no range; expected two numbers in ascending order, at most 4096 apart")]
    [InlineData("layers.{0..9999}=q8_0", 9, "'0..9999' is no range; expected two numbers in ascending order, at most 4096 apart")]
    [InlineData("layers.{a..3}=q8_0", 9, "'a' is no number; expected a range such as 0..3")]
    [InlineData("layers.x**=q8_0", 9, "'**' stands for whole segments; expected a dot before and after it")]
    [InlineData("layers.**.**.q=q8_0", 11, "'**' twice in a row; one stands for any number of segments")]
    [InlineData("layers.(0|1)=q8_0", 8, "'(' is in no name; expected letters, digits, '_', '-', '*' or '{'")]
    [InlineData("layers.3", 9, "expected '=' and a type")]
    [InlineData("layers.3=q4_k_m", 10, "'q4_k_m' is no type; expected one of f32, f16, bf16, q8_0, q6_k, q5_k, q5_1, q5_0, q4_k, q4_1, q4_0, q3_k, q2_k, int4, int8")]
    [InlineData("layers.3=", 10, "'' is no type; expected one of f32, f16, bf16, q8_0, q6_k, q5_k, q5_1, q5_0, q4_k, q4_1, q4_0, q3_k, q2_k, int4, int8")]
    public void A_rule_that_cannot_be_read_points_at_the_column(string rule, int column, string expectation)
    {
        RuleSyntaxException fault = Assert.Throws<RuleSyntaxException>(() => TypeRule.Parse(rule));
        Assert.Equal(column, fault.Column);
        Assert.Equal($"rule '{rule}': column {column}: {expectation}", fault.Message);
    }

    [Theory]
    [InlineData("head=q8_0", "Q8_0")]
    [InlineData("head=INT4", "Q4_K")]
    [InlineData("head=int8", "Q8_0")]
    [InlineData("head=bf16", "BF16")]
    [InlineData("head=q3_k", "Q3_K")]
    public void A_rule_names_a_type_in_any_case(string rule, string type) =>
        Assert.Equal(type, TypeRule.Parse(rule).Type.Name);
}
