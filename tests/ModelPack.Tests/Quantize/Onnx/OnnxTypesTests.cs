using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Onnx;

public sealed class OnnxTypesTests
{
    private static OnnxTypes Types(string type, params string[] rules) => new(FakeDecoder.Spec, new OnnxOptions
    {
        Type = OnnxType.Parse(type),
        Rules = [.. rules.Select(OnnxRule.Parse)],
    });

    private static string Find(OnnxTypes types, string path) =>
        TensorRole.TryParse(path, out TensorRole role) ? $"{types.Find(role).Type} {types.Find(role).Reason}" : throw new ArgumentException(path);

    [Theory]
    [InlineData("int4", "head", "int8 Mixture")]
    [InlineData("int4", "embedding", "int8 Mixture")]
    [InlineData("int4", "layers.0.attention.q", "int4 Preset")]
    [InlineData("int4", "layers.0.experts.3.down", "int4 Preset")]
    [InlineData("int4", "layers.0.router", "f32 Kept")]
    [InlineData("int4", "layers.0.attention.q_norm", "f32 Kept")]
    [InlineData("int8", "head", "int8 Preset")]
    [InlineData("f16", "head", "f16 Preset")]
    public void Without_rules_the_type_is_the_preset_and_the_ends_of_the_model_have_8_bits(string type, string path, string expected) =>
        Assert.Equal(expected, Find(Types(type), path));

    [Fact]
    public void A_rule_may_select_some_experts_and_the_first_match_wins()
    {
        OnnxTypes types = Types("int4", "layers.*.experts.{0,5}=int8", "layers.0.experts.*=f16", "head=int4");
        Assert.Equal("int8 Rule", Find(types, "layers.0.experts.0.gate"));
        Assert.Equal("int8 Rule", Find(types, "layers.0.experts.5.down"));
        Assert.Equal("f16 Rule", Find(types, "layers.0.experts.1.up"));
        Assert.Equal("int4 Rule", Find(types, "head"));
        Assert.Equal("layers.*.experts.{0,5}=int8", types.Find(new(TensorKind.ExpertDown, 0, 5)).Rule);
    }

    [Fact]
    public void Parts_of_one_expert_have_one_type()
    {
        ModelPackException fault = Assert.Throws<ModelPackException>(() => Types("int4", "layers.0.experts.2.down=int8"));
        Assert.Equal(
            "rule 'layers.0.experts.2.down=int8': layers.0.experts.2 would have int4 and int8; ONNX Runtime's QMoE has one type for gate, up "
            + "and down of an expert: write the rule for the whole expert",
            fault.Message);
    }

    [Theory]
    [InlineData("layers.0.attention.q=q4_k", "rule 'layers.0.attention.q=q4_k': column 22: 'q4_k' is a type of GGUF; ONNX has f32, f16, int8, int4")]
    [InlineData("layers.0.attention.q=int3", "rule 'layers.0.attention.q=int3': column 22: unknown type 'int3'; ONNX has f32, f16, int8, int4")]
    [InlineData("layers.0.attention.q", "rule 'layers.0.attention.q': column 21: expected '=' and a type")]
    [InlineData("layers.1.attention.q=int8", "rule 'layers.1.attention.q=int8': matches no tensor; the nearest names are layers.*.attention.q, ")]
    [InlineData("layers.0.router=int8", "rule 'layers.0.router=int8': matches only tensors that are never quantized: layers.0.router")]
    public void A_rule_that_cannot_be_applied_says_why(string rule, string message)
    {
        ModelPackException fault = Assert.ThrowsAny<ModelPackException>(() => Types("int4", rule));
        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Formats_follow_the_provider_the_block_and_the_symmetry()
    {
        OnnxOptions options = new() { Type = OnnxType.Int4, BlockSize = 0, Symmetric = false, Provider = OnnxProvider.Cuda };
        OnnxTypes types = new(FakeDecoder.Spec, options);
        Assert.Equal(new OnnxWeightFormat.Blocks(4, 0, true, OnnxElementType.Float16), types.FormatOf(new(TensorKind.ExpertGate, 0, 1), 64));
        Assert.Equal(new OnnxWeightFormat.Blocks(4, 32, false, OnnxElementType.Float16), types.FormatOf(new(TensorKind.AttentionKey, 0), 64));
        Assert.Equal(new OnnxWeightFormat.Plain(OnnxElementType.Float16), types.FormatOf(new(TensorKind.Router, 0), 64));
        types = new(FakeDecoder.Spec, options with { BlockSize = 128, Symmetric = true, Provider = OnnxProvider.Cpu });
        Assert.Equal(new OnnxWeightFormat.Blocks(8, 128, true, OnnxElementType.Float), types.FormatOf(new(TensorKind.Head), 64));
        Assert.Equal(new OnnxWeightFormat.Plain(OnnxElementType.Float), types.FormatOf(new(TensorKind.OutputNorm), 64));
        Assert.Equal((4, 0), (options with { Provider = OnnxProvider.Cpu } is { } cpu ? cpu.EffectiveAccuracyLevel : -1, options.EffectiveAccuracyLevel));
    }

    [Theory]
    [InlineData("layers.0.experts.1.down", 96, true, 64, "Blocks 4 32 True", "layers.0.experts.*.down: rows of 96 and 32 weights do not fit blocks of 64; blocks of 32")]
    [InlineData("layers.0.experts.1.gate", 96, false, 32, "Blocks 4 16 False", "layers.0.experts.*.gate: rows of 96 and 32 weights do not fit blocks of 32; blocks of 16")]
    [InlineData("layers.0.experts.1.down", 100, true, 32, "Blocks 4 0 True", "layers.0.experts.*.down: rows of 100 and 32 weights do not fit blocks of 32; one scale a row")]
    [InlineData("embedding", 100, true, 32, "Plain", "embedding: rows of 100 weights do not fit blocks of 32; not quantized")]
    [InlineData("embedding", 80, true, 128, "Blocks 8 16 True", "embedding: rows of 80 weights do not fit blocks of 128; blocks of 16")]
    [InlineData("layers.0.attention.q", 100, false, 128, "Blocks 4 128 False", null)]
    public void Where_blocks_do_not_fit_smaller_ones_are_taken_with_a_warning(
        string path, int hidden, bool symmetric, int block, string expected, string? warning)
    {
        OnnxTypes types = new(
            FakeDecoder.Spec with { HiddenSize = hidden }, new OnnxOptions { Type = OnnxType.Int4, BlockSize = block, Symmetric = symmetric });
        Assert.True(TensorRole.TryParse(path, out TensorRole role));
        OnnxWeightFormat format = types.FormatOf(role, hidden);
        types.FormatOf(role, hidden);
        Assert.Equal(expected, format is OnnxWeightFormat.Blocks b ? $"Blocks {b.Bits} {b.BlockSize} {b.Symmetric}" : "Plain");
        Assert.Equal(warning, types.Warnings.Select(static w => $"{w.Tensor}: {w.Message}").SingleOrDefault());
    }
}
