using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Plans;

public sealed class QuantizationPlanTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static GgufModel Moe { get; } = FakeModel.Of(
        "qwen3moe",
        2,
        4,
        FakeModel.Tensor("output.weight", 256, 64),
        FakeModel.Tensor("output_norm.weight", 256),
        FakeModel.Tensor("token_embd.weight", 256, 64),
        FakeModel.Tensor("blk.10.attn_v.weight", 256, 32),
        FakeModel.Tensor("blk.0.attn_v.weight", 256, 32),
        FakeModel.Tensor("blk.0.attn_k_b.weight", 96, 8, 4),
        FakeModel.Tensor("blk.0.ffn_gate_inp.weight", 256, 4),
        FakeModel.Tensor("blk.1.ffn_down_exps.weight", 172, 16, 4),
        FakeModel.Tensor("blk.1.ffn_up_exps.weight", 256, 16, 4)) with
    { Dropped = [new("model.layers.2.mtp", "multi-token prediction layer")] };

    private static QuantizationPlan Plan(GgufModel model, string preset, params string[] rules) =>
        QuantizationPlan.ForQuantize(model, "out/m.gguf", new QuantizeOptions
        {
            Preset = QuantPreset.Parse(preset),
            Rules = [.. rules.Select(TypeRule.Parse)],
        });

    private static ImportanceEntry Entry(string name, int columns, params float[] counts) =>
        new(name, columns, counts.Length, new float[columns * counts.Length], counts);

    [Fact]
    public void A_plan_says_everything_about_the_output() => Snapshot.Match(
        JsonSerializer.Serialize(PlanDocument.Of(Plan(Moe, "q4_k_m", "layers.*.experts.*.up=q6_k")), Json), extension: "json");

    [Fact]
    public void Tensors_are_in_the_order_of_llama_quantize_and_fill_the_file()
    {
        QuantizationPlan plan = Plan(Moe, "q8_0");
        Assert.Equal(
            [
                "output.weight", "output_norm.weight", "token_embd.weight", "blk.0.attn_k_b.weight", "blk.0.attn_v.weight",
                "blk.0.ffn_gate_inp.weight", "blk.1.ffn_down_exps.weight", "blk.1.ffn_up_exps.weight", "blk.10.attn_v.weight",
            ],
            plan.Tensors.Select(static t => t.Name));
        long end = plan.Parts[0].Layout.DataOffset;
        foreach (PlannedTensor tensor in plan.Tensors)
        {
            Assert.Equal((end + 31) / 32 * 32, tensor.Offset);
            end = tensor.Offset + tensor.Bytes;
        }

        Assert.Equal((end + 31) / 32 * 32, plan.Bytes);
    }

    [Fact]
    public void The_keys_that_llama_quantize_sets_come_last_even_when_they_were_there()
    {
        GgufModel model = FakeModel.Of(FakeModel.Tensor("blk.0.attn_q.weight", 256, 4));
        model.Metadata["general.file_type"] = GgufValue.Of(1u);
        model.Metadata["quantize.imatrix.file"] = GgufValue.Of("old");
        model.Metadata["general.name"] = GgufValue.Of("last");
        QuantizeOptions options = new()
        {
            Preset = QuantPreset.Parse("q4_k_m"),
            Importance = new(
                new Dictionary<string, ImportanceEntry> { ["blk.0.attn_q.weight"] = Entry("blk.0.attn_q.weight", 256, 1) },
                ["calibration.txt", "more.txt"],
                60,
                512),
            ImportanceFile = new string('é', 100),
        };
        GgufMetadata metadata = QuantizationPlan.ForQuantize(model, "m.gguf", options).Parts[0].Layout.Metadata;
        Assert.Equal(
            [
                "general.name=last",
                "general.quantization_version=2",
                "general.file_type=15",
                "quantize.imatrix.file=" + new string('é', 63),
                "quantize.imatrix.dataset=calibration.txt",
                "quantize.imatrix.entries_count=1",
                "quantize.imatrix.chunks_count=60",
            ],
            metadata.Skip(4).Select(static k => $"{k.Key}={k.Value.Value}"));
        Assert.All(metadata.Where(static k => k.Value.Value is not string), static k => Assert.Equal(GgufValueType.UInt32, k.Value.Type));
    }

    [Fact]
    public void A_rule_does_not_move_the_counters_of_the_mixture()
    {
        GgufModelTensor[] values = [.. Enumerable.Range(0, 6).Select(static i => FakeModel.Tensor($"blk.{i}.attn_v.weight", 256, 32))];
        GgufModel model = FakeModel.Of("llama", 6, 0, values);
        Assert.Equal(
            ["Q5_K", "Q5_K", "Q4_K", "Q4_K", "Q4_K", "Q4_K"], Plan(model, "q3_k_m").Tensors.Select(static t => t.Type.Name));
        Assert.Equal(
            ["Q8_0", "Q5_K", "Q5_K", "Q4_K", "Q4_K", "Q4_K"],
            Plan(model, "q3_k_m", "layers.0=q8_0").Tensors.Select(static t => t.Type.Name));
    }

    [Theory]
    [InlineData("q4_0", "Q4_1")]
    [InlineData("q5_0", "Q5_1")]
    [InlineData("q4_1", "Q4_1")]
    public void With_importance_the_first_down_projections_get_a_minimum(string preset, string first)
    {
        GgufModelTensor[] tensors = [.. Enumerable.Range(0, 8).Select(static i => FakeModel.Tensor($"blk.{i}.ffn_down.weight", 256, 32))];
        QuantizeOptions options = new()
        {
            Preset = QuantPreset.Parse(preset),
            Importance = new(new Dictionary<string, ImportanceEntry>(), [], 0, 0),
        };
        GgufModel model = FakeModel.Of("llama", 8, 0, [FakeModel.Tensor("output.weight", 256, 32), .. tensors]);
        QuantizationPlan plan = QuantizationPlan.ForQuantize(model, "m.gguf", options);
        Assert.Equal(first, plan.Tensors[1].Type.Name);
        Assert.All(plan.Tensors.Skip(2), t => Assert.Equal(preset.ToUpperInvariant(), t.Type.Name));
        Assert.Equal(8, plan.Warnings.Count(static w => w.Code == "importance-missing"));
        Assert.DoesNotContain(plan.Warnings, static w => w.Tensor == "output.weight");
    }

    [Fact]
    public void Experts_that_saw_no_token_are_reported()
    {
        QuantizeOptions options = new()
        {
            Preset = QuantPreset.Parse("q4_k_s"),
            Importance = new(
                new Dictionary<string, ImportanceEntry> { ["blk.1.ffn_up_exps.weight"] = Entry("blk.1.ffn_up_exps.weight", 256, 3, 0, 9, 0) },
                [],
                0,
                0),
        };
        QuantizationPlan plan = QuantizationPlan.ForQuantize(Moe, "m.gguf", options);
        Assert.Equal(
            "2 of 4 experts saw no token (1, 3); quantized with equal weights",
            Assert.Single(plan.Warnings, static w => w.Code == "experts-unseen").Message);
        Assert.Equal(4 * 256, plan.Tensors.Single(static t => t.Name == "blk.1.ffn_up_exps.weight").Importance!.Count);
    }

    [Fact]
    public void An_importance_entry_of_another_shape_is_refused()
    {
        QuantizeOptions options = new()
        {
            Preset = QuantPreset.Parse("q4_k_s"),
            Importance = new(
                new Dictionary<string, ImportanceEntry> { ["blk.1.ffn_up_exps.weight"] = Entry("blk.1.ffn_up_exps.weight", 256, 1) }, [], 0, 0),
        };
        Assert.Equal(
            "importance matrix: blk.1.ffn_up_exps.weight: 256 values; the tensor needs 1024 (256 columns of 4 matrices)",
            Assert.Throws<ModelPackException>(() => QuantizationPlan.ForQuantize(Moe, "m.gguf", options)).Message);
    }

    [Theory]
    [InlineData("f32", "F32", "F32", "F32")]
    [InlineData("f16", "F16", "F32", "F16")]
    [InlineData("bf16", "BF16", "F32", "BF16")]
    [InlineData("q8_0", "Q8_0", "F32", "F16")]
    [InlineData(null, "BF16", "F32", "BF16")]
    public void A_conversion_gives_matrices_one_type_and_leaves_routers_alone(string? type, string matrix, string router, string odd)
    {
        QuantizationPlan plan = QuantizationPlan.ForConvert(Moe, "m.gguf", type is null ? null : QuantPreset.Parse(type));
        Dictionary<string, string> types = plan.Tensors.ToDictionary(static t => t.Name, static t => t.Type.Name);
        Assert.Equal((matrix, matrix, router, odd), (
            types["output.weight"], types["token_embd.weight"], types["blk.0.ffn_gate_inp.weight"], types["blk.1.ffn_down_exps.weight"]));
        Assert.Equal(Moe.Tensors.Select(static t => t.Name), plan.Tensors.Select(static t => t.Name));
    }

    [Fact]
    public void A_model_that_is_all_F32_can_be_narrowed()
    {
        GgufModel model = Moe with { DefaultType = GgmlType.F32, Tensors = [.. Moe.Tensors.Select(static t => t with { BaseType = GgmlType.F32 })] };
        QuantizationPlan plan = QuantizationPlan.ForConvert(model, "m.gguf", QuantPreset.F16);
        Assert.Equal(
            ["output_norm.weight", "blk.0.ffn_gate_inp.weight"], plan.Tensors.Where(static t => t.Type == GgmlType.F32).Select(static t => t.Name));
    }

    [Fact]
    public void A_conversion_to_a_mixture_is_refused() =>
        Assert.Equal(
            "cannot convert to q4_k_m; expected auto, f32, f16, bf16, q8_0 (quantize has the other types)",
            Assert.Throws<ModelPackException>(() => QuantizationPlan.ForConvert(Moe, "m.gguf", QuantPreset.Parse("q4_k_m"))).Message);

    [Fact]
    public void A_split_plan_places_every_tensor_in_its_part()
    {
        QuantizationPlan plan = QuantizationPlan.ForConvert(Moe, "out/m.gguf", null, splitMaxBytes: 40_000);
        Assert.InRange(plan.Parts.Count, 2, 9);
        Assert.Equal($"out/m-00001-of-{plan.Parts.Count:D5}.gguf", plan.Parts[0].Path);
        Assert.All(plan.Tensors, t => Assert.InRange(t.Offset + t.Bytes, 1, plan.Parts[t.Part].Layout.TotalBytes));
        Assert.Equal(Moe.Tensors.Select(static t => t.Name), plan.Tensors.Select(static t => t.Name));
        Assert.Equal(plan.Bytes, plan.Parts.Sum(static p => p.Layout.TotalBytes));
    }
}
