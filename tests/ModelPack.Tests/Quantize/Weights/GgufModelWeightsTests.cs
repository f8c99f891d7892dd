using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Quantize;
using ModelPack.Quantize.Weights;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Weights;

public sealed class GgufModelWeightsTests
{
    public static TheoryData<string> Families =>
        ["llama31", "qwen3", "qwen3moe", "deepseekv3", "kimik2", "minimaxm2", "trained-qwen3moe"];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task A_gguf_has_the_spec_and_the_weights_of_the_checkpoint_it_was_made_from(string family)
    {
        string fixture = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", fixture, "-t", "f32", "-o", folder.File("model.gguf"));
        using Checkpoint checkpoint = Checkpoint.Open(fixture, TestContext.Current.CancellationToken);
        using GgufFile gguf = GgufFile.Open(folder.File("model.gguf"));
        ModelWeights expected = ModelWeights.Of(checkpoint);
        ModelWeights actual = GgufModelWeights.Of(gguf);
        AssertSameSpec(expected.Spec, actual.Spec);
        AssertSameWeights(expected, actual);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parts_are_read_as_one_model(bool experts)
    {
        using TempFolder folder = new();
        RandomCheckpoint.Write(folder.File("hub"), experts ? RandomModel.TinyMoe : RandomModel.TinyDense);
        await Tool.SucceedAsync("convert", folder.File("hub"), "-o", folder.File("m.gguf"), "--split-max-size", "1MB");
        string[] parts = Directory.GetFiles(folder.Path, "m-*.gguf");
        Assert.True(parts.Length > 1);
        using Checkpoint checkpoint = Checkpoint.Open(folder.File("hub"), TestContext.Current.CancellationToken);
        using GgufFile gguf = GgufFile.Open(parts[0]);
        AssertSameWeights(ModelWeights.Of(checkpoint), GgufModelWeights.Of(gguf));
    }

    [Theory]
    [InlineData("q8_0", 0.006)]
    [InlineData("q6_k", 0.03)]
    [InlineData("q5_1", 0.06)]
    [InlineData("q4_k_m", 0.1)]
    [InlineData("q4_0", 0.12)]
    [InlineData("q3_k_m", 0.2)]
    [InlineData("q2_k", 0.45)]
    public async Task A_quantized_file_gives_weights_near_those_it_was_made_from(string preset, double worst)
    {
        using TempFolder folder = new();
        RandomCheckpoint.Write(folder.File("hub"), RandomModel.TinyMoe);
        await Tool.SucceedAsync("quantize", folder.File("hub"), "-t", preset, "-o", folder.File("m.gguf"));
        using Checkpoint checkpoint = Checkpoint.Open(folder.File("hub"), TestContext.Current.CancellationToken);
        using GgufFile gguf = GgufFile.Open(folder.File("m.gguf"));
        ModelWeights expected = ModelWeights.Of(checkpoint);
        ModelWeights actual = GgufModelWeights.Of(gguf);
        foreach ((TensorRole role, TensorSource source) in expected.Tensors)
        {
            (double error, double power) = (0, 0);
            foreach ((float want, float got) in All(source).Zip(All(actual.Tensors[role])))
            {
                error += Math.Pow(want - got, 2);
                power += want * want;
            }

            Assert.True(Math.Sqrt(error / power) <= worst, $"{role}: {Math.Sqrt(error / power):g3}");
        }
    }

    [Fact]
    public async Task Rows_of_a_quantized_tensor_are_the_same_one_by_one_and_together()
    {
        using TempFolder folder = new();
        RandomCheckpoint.Write(folder.File("hub"), RandomModel.TinyDense);
        await Tool.SucceedAsync("quantize", folder.File("hub"), "-t", "q5_k", "-o", folder.File("m.gguf"));
        using GgufFile gguf = GgufFile.Open(folder.File("m.gguf"));
        TensorSource down = GgufModelWeights.Of(gguf).Tensors[new(TensorKind.FeedForwardDown, 1)];
        float[] together = All(down);
        float[] row = new float[down.Columns];
        foreach (long i in (long[])[0, 1, down.Rows - 1])
        {
            down.Read(i, row);
            Assert.Equal(together[(int)(i * down.Columns)..(int)((i + 1) * down.Columns)], row);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => down.Read(down.Rows, row));
    }

    [Fact]
    public void Biases_of_queries_and_keys_are_put_back_in_order_with_their_weights()
    {
        using TempFolder folder = new();
        GgufMetadata keys = LlamaKeys();
        float[] bias = [.. Enumerable.Range(0, 8).Select(static i => (float)i)];
        List<(string, GgmlType, long[])> tensors = LlamaTensors();
        foreach (string name in (string[])["attn_q", "attn_k", "attn_v", "attn_output"])
        {
            tensors.Add(($"blk.0.{name}.bias", GgmlType.F32, [8]));
        }

        using GgufFile gguf = Write(folder, keys, tensors, name => name.EndsWith("bias", StringComparison.Ordinal) ? bias : null);
        ModelWeights weights = GgufModelWeights.Of(gguf);

        // Two heads of four: pairs (0, 1), (2, 3) become halves (0, 2), (1, 3).
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], All(weights.Tensors[new(TensorKind.AttentionQuery, 0, Bias: true)]));
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], All(weights.Tensors[new(TensorKind.AttentionKey, 0, Bias: true)]));
        Assert.Equal(bias, All(weights.Tensors[new(TensorKind.AttentionValue, 0, Bias: true)]));
    }

    [Theory]
    [InlineData("general.architecture", "gpt7", "model.gguf: general.architecture: gpt7; expected one of deepseek2, llama, minimax-m2, qwen2, qwen3, qwen3moe")]
    [InlineData("llama.block_count", float.NaN, "model.gguf: llama.block_count: NaN; expected a finite number")]
    [InlineData("llama.rope.freq_base", float.PositiveInfinity, "model.gguf: llama.rope.freq_base: Infinity; expected a finite number")]
    [InlineData("llama.block_count", -1, "model.gguf: num_hidden_layers: -1; expected a whole number from 1 to 4096")]
    [InlineData("llama.embedding_length", 2000000000, "model.gguf: hidden_size: 2000000000; expected a whole number from 1 to 4194304")]
    [InlineData("llama.attention.head_count", "four", "model.gguf: llama.attention.head_count: a value of type String; expected one number for all layers")]
    [InlineData("llama.rope.dimension_count", 2, "model.gguf: llama.rope.dimension_count: 2; expected the size of a head, 4")]
    public void Metadata_that_make_no_sense_are_refused(string key, object value, string message)
    {
        using TempFolder folder = new();
        GgufMetadata keys = LlamaKeys();
        keys[key] = value switch { string text => GgufValue.Of(text), float number => GgufValue.Of(number), _ => GgufValue.Of((int)value) };
        using GgufFile gguf = Write(folder, keys, LlamaTensors(), static _ => null);
        Assert.Equal(message, Assert.ThrowsAny<ModelPackException>(() => GgufModelWeights.Of(gguf)).Message);
    }

    [Fact]
    public void A_missing_tensor_and_one_of_another_shape_are_named()
    {
        using TempFolder folder = new();
        List<(string, GgmlType, long[])> tensors = LlamaTensors();
        tensors.RemoveAll(static t => t.Item1 == "blk.0.ffn_up.weight");
        using (GgufFile gguf = Write(folder, LlamaKeys(), tensors, static _ => null))
        {
            Assert.Equal("model.gguf: blk.0.ffn_up.weight: missing; the metadata ask for it",
                Assert.Throws<InvalidCheckpointException>(() => GgufModelWeights.Of(gguf)).Message);
        }

        tensors.Add(("blk.0.ffn_up.weight", GgmlType.F32, [8, 15]));
        using (GgufFile gguf = Write(folder, LlamaKeys(), tensors, static _ => null))
        {
            Assert.Equal("model.gguf: blk.0.ffn_up.weight: shape [15, 8]; expected [16, 8] from the metadata",
                Assert.Throws<InvalidCheckpointException>(() => GgufModelWeights.Of(gguf)).Message);
        }
    }

    [Fact]
    public void A_type_that_nothing_here_decodes_is_refused()
    {
        using TempFolder folder = new();
        List<(string, GgmlType, long[])> tensors = LlamaTensors();
        tensors[0] = ("token_embd.weight", GgmlType.All.Single(static t => t.Name == "F64"), [8, 10]);
        using GgufFile gguf = Write(folder, LlamaKeys(), tensors, static _ => null);
        string message = Assert.Throws<UnsupportedModelException>(() => GgufModelWeights.Of(gguf)).Message;
        Assert.Equal("model.gguf: token_embd.weight: type F64; weights are decoded from " + string.Join(", ", QuantType.All), message);
    }

    private static void AssertSameSpec(DecoderSpec expected, DecoderSpec actual)
    {
        if (expected.Rope.Scaling is RopeScaling.Llama3 scaling)
        {
            // A GGUF has the factors themselves.
            Assert.Equal(RopeFactors.Of(expected.Rope, scaling), Assert.IsType<RopeScaling.Table>(actual.Rope.Scaling).Factors);
            actual = actual with { Rope = actual.Rope with { Scaling = scaling } };
        }

        Assert.Equal(expected.Layers, actual.Layers);
        Assert.Equal(expected with { Layers = actual.Layers }, actual);
    }

    private static void AssertSameWeights(ModelWeights expected, ModelWeights actual)
    {
        Assert.Equal(
            expected.Tensors.Keys.Select(static r => r.ToString()).Order(StringComparer.Ordinal),
            actual.Tensors.Keys.Select(static r => r.ToString()).Order(StringComparer.Ordinal));
        foreach ((TensorRole role, TensorSource source) in expected.Tensors)
        {
            Assert.True(All(source).AsSpan().SequenceEqual(All(actual.Tensors[role])), $"{role} differs");
        }
    }

    private static float[] All(TensorSource source)
    {
        float[] values = new float[source.Rows * source.Columns];
        source.Read(0, values);
        return values;
    }

    // One layer of 8, two heads of 4, inner width 16, 10 tokens.
    private static GgufMetadata LlamaKeys() => new()
    {
        { "general.architecture", GgufValue.Of("llama") },
        { "llama.block_count", GgufValue.Of(1u) },
        { "llama.context_length", GgufValue.Of(64u) },
        { "llama.embedding_length", GgufValue.Of(8u) },
        { "llama.feed_forward_length", GgufValue.Of(16u) },
        { "llama.attention.head_count", GgufValue.Of(2u) },
        { "llama.attention.layer_norm_rms_epsilon", GgufValue.Of(1e-5f) },
    };

    private static List<(string Name, GgmlType Type, long[] Shape)> LlamaTensors() =>
    [
        ("token_embd.weight", GgmlType.F32, [8, 10]),
        ("output_norm.weight", GgmlType.F32, [8]),
        ("blk.0.attn_norm.weight", GgmlType.F32, [8]),
        ("blk.0.attn_q.weight", GgmlType.F32, [8, 8]),
        ("blk.0.attn_k.weight", GgmlType.F32, [8, 8]),
        ("blk.0.attn_v.weight", GgmlType.F32, [8, 8]),
        ("blk.0.attn_output.weight", GgmlType.F32, [8, 8]),
        ("blk.0.ffn_norm.weight", GgmlType.F32, [8]),
        ("blk.0.ffn_gate.weight", GgmlType.F32, [8, 16]),
        ("blk.0.ffn_up.weight", GgmlType.F32, [8, 16]),
        ("blk.0.ffn_down.weight", GgmlType.F32, [16, 8]),
    ];

    private static GgufFile Write(
        TempFolder folder, GgufMetadata keys, List<(string Name, GgmlType Type, long[] Shape)> tensors, Func<string, float[]?> values)
    {
        GgufLayout layout = GgufLayout.Create(keys, [.. tensors.Select(static t => (t.Name, t.Type, (IReadOnlyList<long>)t.Shape))]);
        using MemoryStream bytes = new();
        layout.WriteHeader(bytes);
        bytes.SetLength(layout.TotalBytes);
        foreach (GgufTensorInfo tensor in layout.Tensors)
        {
            if (values(tensor.Name) is { } given)
            {
                bytes.Position = layout.DataOffset + tensor.Offset;
                foreach (float value in given)
                {
                    bytes.Write(BitConverter.GetBytes(value));
                }
            }
        }

        return GgufFile.Open(folder.Write("model.gguf", bytes.ToArray()));
    }
}
