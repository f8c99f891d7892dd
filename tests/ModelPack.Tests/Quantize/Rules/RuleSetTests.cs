using ModelPack.Models;
using ModelPack.Quantize.Rules;

namespace ModelPack.Tests.Quantize.Rules;

public sealed class RuleSetTests
{
    private static readonly RuleSubject[] Subjects =
    [
        new("token_embd.weight", "embedding", 1),
        new("blk.0.attn_norm.weight", "layers.0.attention_norm", 1),
        new("blk.0.attn_v.weight", "layers.0.attention.v", 1),
        new("blk.0.ffn_down_exps.weight", "layers.0.experts.*.down", 8),
        new("blk.0.ffn_up_exps.weight", "layers.0.experts.*.up", 8),
        new("blk.1.ffn_down_exps.weight", "layers.1.experts.*.down", 8),
        new("blk.1.odd.weight", null, 1),
    ];

    private static RuleSet Match(params string[] rules) =>
        new([.. rules.Select(TypeRule.Parse)], Subjects, static n => n.Contains("_norm", StringComparison.Ordinal));

    [Theory]
    [InlineData("layers.*.experts.*.down", "blk.0.ffn_down_exps.weight blk.1.ffn_down_exps.weight")]
    [InlineData("layers.0.experts", "blk.0.ffn_down_exps.weight blk.0.ffn_up_exps.weight")]
    [InlineData("layers.0.experts.{0..7}.up", "blk.0.ffn_up_exps.weight")]
    [InlineData("blk.*.ffn_down_exps", "blk.0.ffn_down_exps.weight blk.1.ffn_down_exps.weight")]
    [InlineData("layers.0", "blk.0.attn_v.weight blk.0.ffn_down_exps.weight blk.0.ffn_up_exps.weight")]
    [InlineData("embedding", "token_embd.weight")]
    [InlineData("blk.1.odd", "blk.1.odd.weight")]
    public void A_rule_finds_tensors_by_place_and_by_name_but_passes_over_what_is_never_quantized(string pattern, string expected)
    {
        RuleSet rules = Match(pattern + "=q8_0");
        Assert.Equal(expected.Split(' '), Subjects.Select(static s => s.Name).Where(n => rules.Find(n) is not null));
    }

    [Fact]
    public void The_first_rule_that_matches_wins()
    {
        RuleSet rules = Match("layers.0.experts.*.down=q6_k", "layers.*.experts=q5_k", "**=q8_0");
        Assert.Equal(
            ["Q8_0", "Q8_0", "Q6_K", "Q5_K", "Q5_K", "Q8_0"],
            Subjects.Select(s => rules.Find(s.Name)?.Type.Name).OfType<string>());
    }

    [Theory]
    [InlineData(
        "layers.*.experts.{0,5}=q8_0",
        "rule 'layers.*.experts.{0,5}=q8_0': selects 2 of the 8 experts of blk.0.ffn_down_exps.weight; GGUF stores one type "
        + "for all experts of a tensor (ONNX has a type per expert: --to onnx)")]
    [InlineData(
        "blk.*.ffn_dwn_exps=q8_0",
        "rule 'blk.*.ffn_dwn_exps=q8_0': matches no tensor; the nearest names are blk.*.ffn_down_exps.weight, "
        + "blk.*.ffn_up_exps.weight, blk.*.attn_v.weight")]
    [InlineData(
        "layers.*.atention.v=q8_0",
        "rule 'layers.*.atention.v=q8_0': matches no tensor; the nearest names are layers.*.attention.v, "
        + "layers.*.attention_norm, layers.*.experts.*.up")]
    [InlineData(
        "**.attention_norm=q8_0",
        "rule '**.attention_norm=q8_0': matches only tensors that are never quantized: blk.0.attn_norm.weight")]
    public void A_rule_that_cannot_be_applied_says_why(string rule, string message) =>
        Assert.Equal(message, Assert.Throws<ModelPackException>(() => Match(rule)).Message);
}
