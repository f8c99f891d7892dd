using System.Globalization;
using System.Text.RegularExpressions;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Conversion;

/// <summary>Real configs at full size against the tensor lists of real GGUF files.</summary>
public sealed partial class RealModelTests
{
    [Theory]
    [InlineData("Kimi-K2-Thinking", "moonshotai--Kimi-K2-Instruct", 1096)]
    [InlineData("DeepSeek-V3.1-Terminus", "deepseek-ai--DeepSeek-V3", 1086)]
    public void A_real_config_gives_the_tensors_of_the_real_file(string map, string config, int count)
    {
        string[] real = ReadMap(map);
        GgufModel model = Plan(config);
        Assert.Equal(count, real.Length);
        Assert.Equal(real, model.Tensors.Select(Describe));
    }

    [Fact]
    public void Qwen3_4B_gives_the_tensors_of_the_real_file()
    {
        ModelConfig config = SyntheticCheckpoint.Config("""
            {"architectures": ["Qwen3ForCausalLM"], "hidden_size": 2560, "num_hidden_layers": 36, "num_attention_heads": 32,
             "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 9728, "vocab_size": 151936,
             "max_position_embeddings": 262144, "rms_norm_eps": 1e-6, "rope_theta": 5000000, "tie_word_embeddings": true}
            """);
        GgufModel model = GgufConversion.Create(config, SyntheticCheckpoint.Tensors(config), null, new());
        Assert.Equal(ReadMap("Qwen3-4B-Instruct-2507"), model.Tensors.Select(Describe));
        Assert.Equal("4.0B", model.Metadata["general.size_label"].AsString());
    }

    [Theory]
    [InlineData("MiniMaxAI--MiniMax-M2.5", "256x4.9B")]
    [InlineData("Qwen--Qwen3-30B-A3B-FP8", "128x1.8B")]
    [InlineData("deepseek-ai--DeepSeek-R1", "256x20B")]
    [InlineData("meta-llama--Meta-Llama-3.1-8B", "8.0B")]
    [InlineData("mistralai--Mixtral-8x7B-v0.1", "8x7.2B")]
    [InlineData("moonshotai--Kimi-K2-Instruct", "384x14B")]
    public void A_real_config_gives_the_known_size_label(string config, string label) =>
        Assert.Equal(label, Plan(config).Metadata["general.size_label"].AsString());

    private static GgufModel Plan(string name)
    {
        ModelConfig config = SyntheticCheckpoint.Config(File.ReadAllText(SharedFolder.Require($"data/configs/{name}.json")));
        return GgufConversion.Create(config, SyntheticCheckpoint.Tensors(config), null, new());
    }

    private static string[] ReadMap(string name) =>
    [
        .. File.ReadLines(SharedFolder.Require($"data/maps/{name}/tensors.bf16.map"))
            .Select(static l => MapLine().Match(l))
            .Where(static m => m.Success)
            .Select(static m => $"{m.Groups[1].Value} {m.Groups[3].Value.ToUpperInvariant()} "
                + string.Join(',', m.Groups[2].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
            .Order(GgufTensorOrder.Instance),
    ];

    private static string Describe(GgufModelTensor tensor)
    {
        Assert.Equal(tensor.Count, tensor.Weights.Rows * tensor.Weights.Columns);
        return $"{tensor.Name} {tensor.BaseType} {string.Join(',', tensor.Shape.Select(static d => d.ToString(CultureInfo.InvariantCulture)))}";
    }

    [GeneratedRegex(@"^[^:]*:[^:]*:([^:]+):shape=\(([^)]*)\):dtype=([^:]+):", RegexOptions.CultureInvariant)]
    private static partial Regex MapLine();
}
