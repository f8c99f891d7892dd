using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Quantize.Mixtures;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;
using ModelPack.Quantize.Streaming;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Streaming;

/// <summary>Whole files against llama.cpp's own quantizer, from the same converted GGUF.</summary>
public sealed class LlamaQuantizeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A model that llama.cpp's quantizer accepts: 8 layers, with rows that K blocks do not divide.</summary>
    private static GgufModel Model()
    {
        List<GgufModelTensor> tensors = [FakeModel.Tensor("output_norm.weight", 256), FakeModel.Tensor("token_embd.weight", 256, 96)];
        for (int layer = 7; layer >= 0; layer--)
        {
            tensors.Add(FakeModel.Tensor($"blk.{layer}.attn_q.weight", 256, 256));
            tensors.Add(FakeModel.Tensor($"blk.{layer}.attn_v.weight", 256, 64));
            tensors.Add(FakeModel.Tensor($"blk.{layer}.attn_norm.weight", 256));
            tensors.Add(FakeModel.Tensor($"blk.{layer}.ffn_gate_inp.weight", 256, 4));
            tensors.Add(FakeModel.Tensor($"blk.{layer}.ffn_up_exps.weight", 256, 96, 4));
            tensors.Add(FakeModel.Tensor($"blk.{layer}.ffn_down_exps.weight", 96, 256, 4));
        }

        GgufModel model = FakeModel.Of("qwen3moe", 8, 4, [.. tensors]);
        model.Metadata["qwen3moe.context_length"] = GgufValue.Of(128u);
        model.Metadata["qwen3moe.embedding_length"] = GgufValue.Of(256u);
        model.Metadata["qwen3moe.feed_forward_length"] = GgufValue.Of(96u);
        model.Metadata["qwen3moe.expert_used_count"] = GgufValue.Of(2u);
        model.Metadata["qwen3moe.attention.layer_norm_rms_epsilon"] = GgufValue.Of(1e-6f);
        model.Metadata["tokenizer.ggml.tokens"] = GgufValue.OfArray<string>(["a", "b"]);
        return model;
    }

    private async Task<string> ConvertAsync(GgufModel model, string type)
    {
        string path = _folder.File($"{type}.gguf");
        await RunAsync(QuantizationPlan.ForConvert(model, path, QuantPreset.Parse(type)));
        return path;
    }

    private static Task<QuantizeResult> RunAsync(QuantizationPlan plan) =>
        StreamingQuantizer.RunAsync(plan, new() { Threads = 2 }, null, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("Q8_0")]
    [InlineData("Q6_K")]
    [InlineData("Q5_K_M")]
    [InlineData("Q5_K_S")]
    [InlineData("Q5_1")]
    [InlineData("Q5_0")]
    [InlineData("Q4_K_M")]
    [InlineData("Q4_K_S")]
    [InlineData("Q4_1")]
    [InlineData("Q4_0")]
    [InlineData("Q3_K_L")]
    [InlineData("Q3_K_M")]
    [InlineData("Q3_K_S")]
    [InlineData("Q2_K")]
    public async Task A_file_equals_that_of_llama_quantize_to_the_last_byte(string preset)
    {
        GgufModel model = Model();
        string converted = await ConvertAsync(model, "bf16");
        string expected = _folder.File("llama.gguf");
        LlamaCpp.Quantize(converted, expected, Enum.Parse<LlamaFileType>(preset));

        // In one pass from the float32 weights they would differ where bf16 rounds, so both start from the file.
        using GgufFile file = GgufFile.Open(converted);
        GgufModel source = model with
        {
            Metadata = file.Metadata,
            Tensors = [.. file.Tensors.Select(t => new GgufModelTensor(t.Name, t.Shape, file.OpenTensor(t), t.Type, [t.Name]))],
            Sources = file.Files,
        };
        string actual = _folder.File("ours.gguf");
        await RunAsync(QuantizationPlan.ForQuantize(source, actual, new() { Preset = QuantPreset.Parse(preset) }));
        Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)));
    }

    [Fact]
    public async Task With_importance_and_a_rule_the_file_still_equals()
    {
        GgufModel model = Model();
        string converted = await ConvertAsync(model, "f32");
        Dictionary<string, float[]> importance = [];
        Random random = new(9);
        foreach (GgufModelTensor tensor in model.Tensors.Where(static t => t.Name.Contains("blk.", StringComparison.Ordinal) && t.Shape.Count > 1))
        {
            float[] values = new float[tensor.Shape[0] * tensor.Experts];
            foreach (ref float value in values.AsSpan())
            {
                value = random.NextSingle() * random.NextSingle();
            }

            importance.Add(tensor.Name, values);
        }

        string expected = _folder.File("llama.gguf");
        LlamaCpp.Quantize(converted, expected, new LlamaQuantizeOptions(LlamaFileType.Q4_0)
        {
            Imatrix = importance,
            TensorTypes = [("attn_v", GgmlType.Q5_1.Id)],
            Metadata =
            [
                ("quantize.imatrix.file", "im.gguf"),
                ("quantize.imatrix.dataset", "text.txt"),
                ("quantize.imatrix.entries_count", importance.Count),
                ("quantize.imatrix.chunks_count", 7),
            ],
        });

        // Straight from the weights, without the converted file between.
        string actual = _folder.File("ours.gguf");
        QuantizationPlan plan = QuantizationPlan.ForQuantize(model, actual, new()
        {
            Preset = QuantPreset.Parse("q4_0"),
            Rules = [TypeRule.Parse("layers.*.attention.v=q5_1")],
            ImportanceFile = "im.gguf",
            Importance = new(
                importance.ToDictionary(
                    static e => e.Key,
                    e => new ImportanceEntry(e.Key, e.Value.Length, 1, e.Value, [1])),
                ["text.txt"],
                7,
                512),
        });
        await RunAsync(plan);
        Assert.Equal("Q4_1", plan.Tensors.Single(static t => t.Name == "blk.0.ffn_down_exps.weight").Type.Name);
        Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)));
    }
}
