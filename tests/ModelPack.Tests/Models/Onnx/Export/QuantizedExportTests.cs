using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>Weights in blocks: the operators give what float32 gives on the same weights rounded and written out.</summary>
public sealed class QuantizedExportTests
{
    public static TheoryData<string, int, int, bool> Formats
    {
        get
        {
            TheoryData<string, int, int, bool> data = [];
            foreach (string fixture in (string[])["qwen3", "qwen3moe"])
            {
                foreach (int bits in (int[])[4, 8])
                {
                    foreach (int block in (int[])[16, 32, 64, 128])
                    {
                        data.Add(fixture, bits, block, true);
                        data.Add(fixture, bits, block, false);
                    }

                    data.Add(fixture, bits, 256, true);
                }
            }

            foreach (string fixture in (string[])["deepseekv3", "kimik2", "llama31", "minimaxm2", "trained-qwen3moe"])
            {
                data.Add(fixture, 4, 32, true);
                data.Add(fixture, 8, 64, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Blocks_give_the_logits_of_the_rounded_weights(string fixture, int bits, int block, bool symmetric) =>
        AssertSame(fixture, _ => Blocks(bits, block, symmetric), 2e-5);

    [Theory]
    [InlineData("qwen3moe")]
    [InlineData("deepseekv3")]
    [InlineData("minimaxm2")]
    public void Experts_of_one_layer_may_have_different_widths(string fixture)
    {
        AssertSame(fixture, static role => Blocks(role.Expert is 0 or 5 ? 8 : 4, 32, symmetric: true), 2e-5);
        AssertSame(fixture, static role => role.Expert switch
        {
            2 => new OnnxWeightFormat.Plain(OnnxElementType.Float),
            3 or 7 => Blocks(8, 64, symmetric: false),
            _ => Blocks(4, 16, symmetric: true),
        }, 2e-5);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(8, false)]
    public void Experts_may_have_one_scale_a_row(int bits, bool symmetric) =>
        AssertSame("qwen3moe", role => Blocks(bits, role.Expert is null ? 32 : 0, symmetric), 2e-5);

    [Fact]
    public void One_scale_a_row_is_refused_where_no_operator_knows_it()
    {
        ModelPackException fault = Assert.Throws<UnsupportedModelException>(() => ExportedModel.Load(
            SharedFolder.Require("fixtures/qwen3"), Options(static role => Blocks(8, role.Kind == TensorKind.FeedForwardDown ? 0 : 32, symmetric: true))));
        Assert.Equal(
            "layers.0.feed_forward.down: one scale for a row of 512; expected blocks of 16 to 256, as ONNX Runtime has whole rows for experts only",
            fault.Message);
    }

    [Fact]
    public void Zero_points_of_4_bits_need_an_even_number_of_blocks_in_experts()
    {
        ModelPackException fault = Assert.Throws<UnsupportedModelException>(() => ExportedModel.Load(
            SharedFolder.Require("fixtures/qwen3moe"), Options(static role => Blocks(4, role.Expert is null ? 32 : 256, symmetric: false))));
        Assert.Contains("layers.0.experts.*.gate_up: zero points of 4 bits for 1 block a row", fault.Message);
    }

    [Fact]
    public void Accuracy_level_4_is_close_and_in_the_graph_of_a_cpu_only()
    {
        string folder = SharedFolder.Require("fixtures/qwen3");
        int[] tokens = GoldenLogits.Load("qwen3")[0].Tokens;
        using ExportedModel exact = ExportedModel.Load(folder, Options(static _ => Blocks(8, 32, symmetric: true)));
        using ExportedModel rounded = ExportedModel.Load(folder, Options(static _ => Blocks(8, 32, symmetric: true)) with { AccuracyLevel = null });
        double distance = Logits.Distance(exact.Logits(tokens), rounded.Logits(tokens));
        Assert.InRange(distance, 1e-6, 5e-2);
        OnnxExportOptions cuda = new(static (_, _, _) => Blocks(8, 32, symmetric: true), Provider: OnnxProvider.Cuda);
        using ExportedModel plain = ExportedModel.Load(folder, cuda);
        Assert.DoesNotContain(plain.Decoder.Model.Graph.Nodes, static n => n.Attributes.Any(static a => a.Name == "accuracy_level"));
    }

    [Fact]
    public void Raw_expert_weights_are_said_to_be_raw_for_cuda()
    {
        using ExportedModel model = ExportedModel.Load(
            SharedFolder.Require("fixtures/qwen3moe"),
            new(static (_, _, _) => Blocks(4, 32, symmetric: true), Provider: OnnxProvider.Cuda));
        Assert.All(
            model.Decoder.Model.Graph.Nodes.Where(static n => n.Operator == "QMoE"),
            static n => Assert.Contains(new OnnxAttribute.Int("weights_prepacked", 0), n.Attributes));
    }

    [Theory]
    [InlineData("qwen3moe")]
    [InlineData("deepseekv3")]
    public void Blocks_with_float16_activations_are_close(string fixture)
    {
        static OnnxWeightFormat.Blocks Format(TensorRole role) =>
            Blocks(role.Expert == 1 ? 4 : 8, 32, symmetric: true) with { ScaleType = OnnxElementType.Float16 };
        int[] tokens = GoldenLogits.Load(fixture)[0].Tokens;
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        using ExportedModel half = ExportedModel.Load(folder, Options(Format) with { ActivationType = OnnxElementType.Float16 });
        using ExportedModel single = ExportedModel.Load(
            folder, OnnxExportOptions.Plain(OnnxElementType.Float), static (weight, row) => Rounding(weight, row, Format));
        float[] expected = single.Logits(tokens);
        float[] actual = half.Logits(tokens);
        int vocabulary = single.Decoder.Spec.VocabularySize;
        int near = Enumerable.Range(0, tokens.Length).Count(i => Logits.Distance(
            expected.AsSpan(i * vocabulary, vocabulary), actual.AsSpan(i * vocabulary, vocabulary)) < 3e-2);
        Assert.InRange(near, tokens.Length * 0.9, tokens.Length);
    }

    [Fact]
    public void Parts_of_one_expert_with_different_types_are_refused()
    {
        ModelPackException fault = Assert.Throws<UnsupportedModelException>(() => ExportedModel.Load(
            SharedFolder.Require("fixtures/qwen3moe"),
            Options(static role => Blocks(role is { Kind: TensorKind.ExpertDown, Expert: 3 } ? 8 : 4, 32, symmetric: true))));
        Assert.Contains("layers.0.experts.3.down: symmetric int8 in blocks of 32 beside symmetric int4 in blocks of 32", fault.Message);
        Assert.Contains("experts.N.*", fault.Message);
    }

    private static void AssertSame(string fixture, Func<TensorRole, OnnxWeightFormat> format, double tolerance)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        int[] tokens = GoldenLogits.Load(fixture)[0].Tokens[..24];
        using ExportedModel blocks = ExportedModel.Load(folder, Options(format));
        using ExportedModel plain = ExportedModel.Load(
            folder, OnnxExportOptions.Plain(OnnxElementType.Float), (weight, row) => Rounding(weight, row, format));
        Assert.InRange(Logits.Distance(plain.Logits(tokens), blocks.Logits(tokens)), 0, tolerance);
    }

    private static OnnxWeightFormat.Blocks? Rounding(OnnxWeight weight, long row, Func<TensorRole, OnnxWeightFormat> format)
    {
        bool matrix = weight.Role is { Bias: false, Kind: not (TensorKind.Router or TensorKind.RouterBias) } && weight.Values.Shape.Count > 1;
        int? expert = weight.Experts.Count > 0 ? weight.Experts[(int)(row / (weight.Source.Rows / weight.Experts.Count))] : null;
        return matrix ? format(weight.Role!.Value with { Expert = expert }) as OnnxWeightFormat.Blocks : null;
    }

    private static OnnxExportOptions Options(Func<TensorRole, OnnxWeightFormat> format) =>
        new((role, _, _) => format(role), AccuracyLevel: 0);

    private static OnnxWeightFormat.Blocks Blocks(int bits, int block, bool symmetric) => new(bits, block, symmetric, OnnxElementType.Float);
}
