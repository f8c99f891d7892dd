using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Tests.Models.Conversion;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Architectures;

/// <summary>Absurd, odd and unknown configs: refused in one line before anything is allocated, or read as they are meant.</summary>
public sealed class ConfigHazardTests
{
    private const string Llama = """
        {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "intermediate_size": 96, "vocab_size": 100, "max_position_embeddings": 128}
        """;

    private const string Deepseek = """
        {"architectures": ["DeepseekV2ForCausalLM"], "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
         "intermediate_size": 96, "vocab_size": 100, "max_position_embeddings": 128, "q_lora_rank": null, "kv_lora_rank": 32,
         "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16, "n_routed_experts": 8, "n_shared_experts": 2,
         "moe_intermediate_size": 24, "num_experts_per_tok": 3, "first_k_dense_replace": 1, "topk_method": "greedy",
         "n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.0, "scoring_func": "softmax", "norm_topk_prob": false}
        """;

    [Theory]
    [InlineData("num_hidden_layers", "1000000000", "config.json: num_hidden_layers: 1000000000; expected a whole number from 1 to 4096")]
    [InlineData("num_hidden_layers", "0", "config.json: num_hidden_layers: 0; expected a whole number from 1 to 4096")]
    [InlineData("num_hidden_layers", "1e300", "config.json: num_hidden_layers: 1e300; expected an integer")]
    [InlineData("num_hidden_layers", "2.5", "config.json: num_hidden_layers: 2.5; expected an integer")]
    [InlineData("num_hidden_layers", "\"2\"", "config.json: num_hidden_layers: \"2\"; expected an integer")]
    [InlineData("num_hidden_layers", "null", "config.json: num_hidden_layers: missing; expected a whole number from 1 to 4096")]
    [InlineData("num_attention_heads", "0", "config.json: num_attention_heads: 0; expected a whole number from 1 to 16384")]
    [InlineData("num_attention_heads", "-4", "config.json: num_attention_heads: -4; expected a whole number from 1 to 16384")]
    [InlineData("num_attention_heads", "6", "config.json: hidden_size: 64; expected a multiple of num_attention_heads (6), as head_dim is absent")]
    [InlineData("num_key_value_heads", "3", "config.json: num_key_value_heads: 3; expected a divisor of num_attention_heads (4)")]
    [InlineData("head_dim", "2000000", "config.json: head_dim: 2000000; expected at most 1048576 with 4 heads")]
    [InlineData("head_dim", "15", "config.json: head_dim: 15; expected an even number, as elements are rotated in pairs")]
    [InlineData("vocab_size", "2147483647", "config.json: vocab_size: 2147483647; expected a whole number from 1 to 16777216")]
    [InlineData("hidden_size", "1073741824", "config.json: hidden_size: 1073741824; expected a whole number from 1 to 4194304")]
    [InlineData("rms_norm_eps", "-1", "config.json: rms_norm_eps: -1; expected a number above 0")]
    [InlineData("rope_scaling", "{\"type\": \"linear\"}", "config.json: rope_scaling.factor: missing; expected a number above 0")]
    [InlineData("rope_scaling", "7", "config.json: rope_scaling: 7; expected an object")]
    [InlineData("tie_word_embeddings", "\"yes\"", "config.json: tie_word_embeddings: \"yes\"; expected true or false")]
    public void An_absurd_number_is_refused(string key, string value, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => Read(Llama, key, value)).Message);

    [Theory]
    [InlineData("n_routed_experts", "1000000")]
    [InlineData("n_shared_experts", "1000000000")]
    [InlineData("num_experts_per_tok", "9")]
    [InlineData("n_group", "3")]
    [InlineData("first_k_dense_replace", "4")]
    [InlineData("qk_rope_head_dim", "0")]
    [InlineData("kv_lora_rank", "null")]
    [InlineData("num_hidden_layers", "4097")]
    public void An_absurd_number_of_experts_is_refused(string key, string value) =>
        Assert.StartsWith("config.json: ", Assert.Throws<InvalidCheckpointException>(() => Read(Deepseek, key, value)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("hidden_act", "\"gelu\"", "config.json: hidden_act: \"gelu\"; expected silu; other values are not supported")]
    [InlineData("rope_scaling", "{\"rope_type\": \"longrope\", \"factor\": 4}", "config.json: rope_scaling.rope_type: \"longrope\"; expected default, linear, dynamic, yarn or llama3; other values are not supported")]
    [InlineData("partial_rotary_factor", "0.5", "config.json: partial_rotary_factor: 0.5; expected 1; other values are not supported")]
    public void A_variant_that_is_not_covered_is_refused(string key, string value, string message) =>
        Assert.Equal(message, Assert.Throws<UnsupportedModelException>(() => Read(Llama, key, value)).Message);

    [Theory]
    [InlineData("openai--gpt-oss-20b", "one of DeepseekV2ForCausalLM, DeepseekV3ForCausalLM, LLaMAForCausalLM, LlamaForCausalLM, MiniMaxM2ForCausalLM, ")]
    [InlineData("moonshotai--Kimi-K2.5", "wraps a text model")]
    [InlineData("Qwen--Qwen3-VL-4B-Instruct", "wraps a text model")]
    public void An_unsupported_architecture_is_named_with_the_supported_ones(string name, string part)
    {
        ModelConfig config = SyntheticCheckpoint.Config(File.ReadAllText(SharedFolder.Require($"data/configs/{name}.json")));
        string message = Assert.Throws<UnsupportedModelException>(() => Architecture.Find(config)).Message;
        Assert.StartsWith("config.json: architectures: [", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains("Qwen3MoeForCausalLM", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("rope_theta", "500000", 500000)]
    [InlineData("rope_parameters", "{\"rope_type\": \"default\", \"rope_theta\": 7000}", 7000)]
    [InlineData("rope_parameters", "{\"full_attention\": {\"rope_type\": \"default\", \"rope_theta\": 8000}}", 8000)]
    [InlineData("rope_scaling", "null", 10000)]
    public void The_rotary_base_is_found_wherever_it_stands(string key, string value, double expected) =>
        Assert.Equal((expected, new RopeScaling.None()), (Read(Llama, key, value).Rope.Base, Read(Llama, key, value).Rope.Scaling));

    [Theory]
    [InlineData("{\"type\": \"yarn\", \"factor\": 4.0}", 128)]
    [InlineData("{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 32}", 32)]
    public void Yarn_is_read_with_either_spelling_and_the_context_as_its_default_length(string scaling, int original) =>
        Assert.Equal(
            new RopeScaling.Yarn(4, original, null, null, null, null, null, null),
            Read(Llama, "rope_scaling", scaling).Rope.Scaling);

    [Fact]
    public void DeepSeek_V2_Lite_projects_queries_directly_and_routes_by_softmax()
    {
        DecoderSpec spec = Read(Deepseek, "hidden_act", "\"silu\"");
        Assert.Equal(new AttentionSpec.Latent(4, null, 32, 16, 8, 16), spec.Layers[0].Attention);
        Assert.Equal(
            new FeedForwardSpec.Experts(8, 3, 24, 2, 48, new(RouterScoring.Softmax, false, new(1, 1, BestTwo: false), false, 1)),
            spec.Layers[1].FeedForward);
        Assert.Contains(DecoderTensors.Of(spec), static t => t.Role == new TensorRole(TensorKind.AttentionQuery, 2));
    }

    [Fact]
    public void Qwen2_has_biases_and_a_window_in_its_upper_layers()
    {
        DecoderSpec spec = Read(
            Llama.Replace("LlamaForCausalLM", "Qwen2ForCausalLM", StringComparison.Ordinal)
                .Replace("\"vocab_size\"", "\"use_sliding_window\": true, \"sliding_window\": 32, \"vocab_size\"", StringComparison.Ordinal),
            "max_window_layers", "1");
        Assert.Equal(
            [null, 32],
            spec.Layers.Select(static l => ((AttentionSpec.Grouped)l.Attention).SlidingWindow));
        Assert.Contains(DecoderTensors.Of(spec), static t => t.Role == new TensorRole(TensorKind.AttentionQuery, 0, null, Bias: true));
        Assert.DoesNotContain(DecoderTensors.Of(spec), static t => t.Role == new TensorRole(TensorKind.AttentionOutput, 0, null, Bias: true));
    }

    private static DecoderSpec Read(string json, string key, string value)
    {
        JsonObject root = JsonNode.Parse(json)!.AsObject();
        root[key] = JsonNode.Parse(value);
        ModelConfig config = SyntheticCheckpoint.Config(root.ToJsonString());
        return Architecture.Find(config).ReadSpec(config);
    }
}
