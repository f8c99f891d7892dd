using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;

namespace ModelPack.Tests.Models.Conversion;

/// <summary>Nothing left over, nothing missing, every shape as the config says.</summary>
public sealed class IncompleteCheckpointTests
{
    private const string Moe = """
        {"architectures": ["Qwen3MoeForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 16, "intermediate_size": 96, "moe_intermediate_size": 32, "num_experts": 30,
         "num_experts_per_tok": 2, "norm_topk_prob": true, "vocab_size": 100, "max_position_embeddings": 128,
         "rms_norm_eps": 1e-6, "rope_theta": 10000, "tie_word_embeddings": false}
        """;

    private const string Dense = """
        {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
         "intermediate_size": 96, "vocab_size": 100, "max_position_embeddings": 128, "tie_word_embeddings": true}
        """;

    private static readonly GgufConversionOptions Options = new(FolderName: "tiny");

    [Fact]
    public void A_missing_tensor_is_named() =>
        AssertFault(Moe, static t => t.Remove("model.layers.1.self_attn.k_norm.weight"),
            "1 tensor missing that config.json asks for: model.layers.1.self_attn.k_norm.weight");

    [Fact]
    public void Twenty_of_many_missing_tensors_are_named_and_all_are_counted()
    {
        string message = Fault(Moe, static t =>
        {
            foreach (string name in t.Keys.Where(static n => n.Contains("layers.0.mlp.experts.", StringComparison.Ordinal)).ToArray())
            {
                t.Remove(name);
            }
        });
        Assert.StartsWith("90 tensors missing that config.json asks for: model.layers.0.mlp.experts.0.gate_proj.weight, ", message, StringComparison.Ordinal);
        Assert.EndsWith(" and 70 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_left_over_is_named() =>
        AssertFault(Moe, static t => SyntheticCheckpoint.Add(t, "model.layers.0.self_attn.gate.weight", 4, 64),
            "1 tensor left over that Qwen3MoeForCausalLM has no place for: model.layers.0.self_attn.gate.weight");

    [Fact]
    public void A_layer_beyond_the_last_is_left_over_where_no_prediction_layer_is_declared() =>
        AssertFault(Moe, static t => SyntheticCheckpoint.Add(t, "model.layers.2.input_layernorm.weight", 64),
            "1 tensor left over that Qwen3MoeForCausalLM has no place for: model.layers.2.input_layernorm.weight");

    [Fact]
    public void Missing_and_left_over_tensors_are_told_together() =>
        AssertFault(Moe, static t =>
        {
            t.Remove("lm_head.weight");
            SyntheticCheckpoint.Add(t, "head.weight", 100, 64);
        },
        "1 tensor missing that config.json asks for: lm_head.weight; "
        + "1 tensor left over that Qwen3MoeForCausalLM has no place for: head.weight");

    [Fact]
    public void A_wrong_shape_names_the_tensor_both_shapes_and_the_keys() =>
        AssertFault(Moe, static t =>
        {
            t.Remove("model.layers.0.self_attn.k_proj.weight");
            SyntheticCheckpoint.Add(t, "model.layers.0.self_attn.k_proj.weight", 64, 64);
        },
        "model.layers.0.self_attn.k_proj.weight: shape [64, 64]; expected [32, 64] from num_key_value_heads × head_dim, hidden_size in config.json");

    [Fact]
    public void A_tied_head_that_is_stored_is_dropped_with_the_reason()
    {
        ModelConfig config = SyntheticCheckpoint.Config(Dense);
        Dictionary<string, CheckpointTensor> tensors = SyntheticCheckpoint.Tensors(config);
        SyntheticCheckpoint.Add(tensors, "lm_head.weight", 100, 64);
        SyntheticCheckpoint.Add(tensors, "model.layers.0.self_attn.rotary_emb.inv_freq", 8);
        GgufModel model = GgufConversion.Create(config, tensors, null, Options with { KeepTiedHead = false });
        Assert.DoesNotContain(model.Tensors, static t => t.Name == "output.weight");
        Assert.Equal(
            [
                new DroppedTensor("lm_head.weight", "the same as the embedding, to which config.json ties it"),
                new DroppedTensor("model.layers.0.self_attn.rotary_emb.inv_freq", "recomputed from the config when the model is loaded"),
            ],
            model.Dropped);
        Assert.Contains(
            GgufConversion.Create(config, tensors, null, Options).Tensors,
            static t => t.Name == "output.weight");
    }

    [Fact]
    public void Experts_fused_into_two_tensors_a_layer_give_the_same_file_as_single_ones()
    {
        ModelConfig config = SyntheticCheckpoint.Config(Moe);
        Dictionary<string, CheckpointTensor> single = SyntheticCheckpoint.Tensors(config);
        Dictionary<string, CheckpointTensor> fused = single
            .Where(static t => !t.Key.Contains(".mlp.experts.", StringComparison.Ordinal))
            .ToDictionary(static t => t.Key, static t => t.Value);
        for (int layer = 0; layer < 2; layer++)
        {
            string gateUp = $"model.layers.{layer}.mlp.experts.gate_up_proj";
            fused.Add(gateUp, new(gateUp, [30, 64, 64], new NumberedSource(30 * 64, 64), [gateUp]));
            SyntheticCheckpoint.Add(fused, $"model.layers.{layer}.mlp.experts.down_proj", 30, 64, 32);
        }

        GgufModel model = GgufConversion.Create(config, fused, null, Options);
        Assert.Equal(
            GgufConversion.Create(config, single, null, Options).Tensors.Select(static t => $"{t.Name} {t.BaseType} {string.Join(',', t.Shape)}"),
            model.Tensors.Select(static t => $"{t.Name} {t.BaseType} {string.Join(',', t.Shape)}"));

        // Expert 1's matrices start at rows 64 (gate) and 96 (up) of the fused tensor.
        float[] row = new float[64];
        model.Tensors.Single(static t => t.Name == "blk.0.ffn_gate_exps.weight").Weights.Read(32, row);
        Assert.Equal(64 * 64, row[0]);
        model.Tensors.Single(static t => t.Name == "blk.0.ffn_up_exps.weight").Weights.Read(32, row);
        Assert.Equal(96 * 64, row[0]);
    }

    [Fact]
    public void Queries_keys_and_their_biases_of_Llama_are_reordered_head_by_head()
    {
        ModelConfig config = SyntheticCheckpoint.Config(Dense.Replace("\"vocab_size\"", "\"attention_bias\": true, \"vocab_size\"", StringComparison.Ordinal));
        Dictionary<string, CheckpointTensor> tensors = SyntheticCheckpoint.Tensors(config);
        foreach (string name in tensors.Keys.Where(static n => n.Contains(".q_proj.", StringComparison.Ordinal)).ToArray())
        {
            CheckpointTensor tensor = tensors[name];
            tensors[name] = tensor with { Weights = new NumberedSource(tensor.Weights.Rows, tensor.Weights.Columns) };
        }

        GgufModel model = GgufConversion.Create(config, tensors, null, Options);
        float[] bias = NumberedSource.ReadAll(model.Tensors.Single(static t => t.Name == "blk.0.attn_q.bias").Weights);
        float[] weights = NumberedSource.ReadAll(model.Tensors.Single(static t => t.Name == "blk.0.attn_q.weight").Weights);
        Assert.Equal([0, 8, 1, 9, 2, 10], bias[..6]);
        Assert.Equal([16, 24, 17], bias[16..19]);
        Assert.Equal(bias, weights.Where(static (_, i) => i % 64 == 0).Select(static w => w / 64));
    }

    [Fact]
    public void Dense_layers_in_Qwen3Moe_are_refused_as_llama_cpp_cannot_run_them()
    {
        ModelConfig config = SyntheticCheckpoint.Config(Moe.Replace("\"num_experts\"", "\"mlp_only_layers\": [0], \"num_experts\"", StringComparison.Ordinal));
        Assert.IsType<FeedForwardSpec.Dense>(Architecture.Find(config).ReadSpec(config).Layers[0].FeedForward);
        Assert.Throws<UnsupportedModelException>(() => GgufConversion.Create(config, SyntheticCheckpoint.Tensors(config), null, Options));
    }

    private static void AssertFault(string json, Action<Dictionary<string, CheckpointTensor>> damage, string expected) =>
        Assert.Equal(expected, Fault(json, damage));

    private static string Fault(string json, Action<Dictionary<string, CheckpointTensor>> damage)
    {
        ModelConfig config = SyntheticCheckpoint.Config(json);
        Dictionary<string, CheckpointTensor> tensors = SyntheticCheckpoint.Tensors(config);
        Assert.NotEmpty(GgufConversion.Create(config, tensors, null, Options).Tensors);
        damage(tensors);
        return Assert.Throws<InvalidCheckpointException>(() => GgufConversion.Create(config, tensors, null, Options)).Message;
    }
}
