using ModelPack.Models;
using ModelPack.Quantize.Mixtures;

namespace ModelPack.Tests.Quantize.Mixtures;

public sealed class QuantPresetTests
{
    [Theory]
    [InlineData("f32", 0, "F32")]
    [InlineData("f16", 1, "F16")]
    [InlineData("bf16", 32, "BF16")]
    [InlineData("q4_0", 2, "Q4_0")]
    [InlineData("q4_1", 3, "Q4_1")]
    [InlineData("q8_0", 7, "Q8_0")]
    [InlineData("int8", 7, "Q8_0")]
    [InlineData("q5_0", 8, "Q5_0")]
    [InlineData("q5_1", 9, "Q5_1")]
    [InlineData("q2_k", 10, "Q2_K")]
    [InlineData("q3_k_s", 11, "Q3_K")]
    [InlineData("q3_k_m", 12, "Q3_K")]
    [InlineData("q3_k", 12, "Q3_K")]
    [InlineData("q3_k_l", 13, "Q3_K")]
    [InlineData("q4_k_s", 14, "Q4_K")]
    [InlineData("Q4_K_M", 15, "Q4_K")]
    [InlineData("q4_k", 15, "Q4_K")]
    [InlineData("int4", 15, "Q4_K")]
    [InlineData("q5_k_s", 16, "Q5_K")]
    [InlineData("q5_k_m", 17, "Q5_K")]
    [InlineData("q5_k", 17, "Q5_K")]
    [InlineData("q6_k", 18, "Q6_K")]
    public void A_preset_has_the_number_and_default_type_of_llama_cpp(string name, int fileType, string @default)
    {
        QuantPreset preset = QuantPreset.Parse(name);
        Assert.Equal((fileType, @default), (preset.FileType, preset.Default.Name));
    }

    [Fact]
    public void Every_preset_is_found_by_its_own_name_and_number()
    {
        Assert.All(QuantPreset.All, static p => Assert.Same(p, QuantPreset.Parse(p.Name)));
        Assert.Distinct(QuantPreset.All.Select(static p => p.FileType));
    }

    [Fact]
    public void An_unknown_preset_is_named_with_the_known_ones()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(static () => QuantPreset.Parse("q9_k"));
        Assert.StartsWith("unknown type 'q9_k'; expected one of f32, f16, bf16, q8_0", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("int4, int8, q3_k, q4_k, q5_k", fault.Message, StringComparison.Ordinal);
    }
}
