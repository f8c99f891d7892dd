using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>What no fixture has, beside a decoder in plain loops: each case is a config and its random weights.</summary>
public sealed class SpecCornerTests
{
    private const string V2 = """
        {"q_lora_rank": null, "kv_lora_rank": 32, "qk_nope_head_dim": 32, "qk_rope_head_dim": 16, "v_head_dim": 64, "n_routed_experts": 8,
         "moe_intermediate_size": 32, "num_experts_per_tok": 3, "n_shared_experts": 2, "topk_method": "group_limited_greedy", "n_group": 4,
         "topk_group": 2, "routed_scaling_factor": 1.5, "norm_topk_prob": false, "first_k_dense_replace": 0}
        """;

    private const string V3 = """
        {"q_lora_rank": 48, "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 16, "v_head_dim": 16, "n_routed_experts": 12,
         "moe_intermediate_size": 32, "num_experts_per_tok": 4, "n_shared_experts": 1, "topk_method": "noaux_tc", "scoring_func": "sigmoid",
         "n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.5, "norm_topk_prob": true, "first_k_dense_replace": 1}
        """;

    private const string Moe = """{"num_experts": 6, "num_experts_per_tok": 3, "moe_intermediate_size": 32, "norm_topk_prob": false}""";

    public static TheoryData<string, string, string, bool> Cases { get; } = new()
    {
        { "biases on q, k and v", "Qwen2ForCausalLM", """{"tie_word_embeddings": true}""", false },
        { "window in the second layer", "Qwen2ForCausalLM", """{"use_sliding_window": true, "sliding_window": 5, "max_window_layers": 1}""", false },
        { "biases everywhere", "LlamaForCausalLM", """{"attention_bias": true, "mlp_bias": true}""", false },
        { "linear scaling", "LlamaForCausalLM", """{"rope_scaling": {"type": "linear", "factor": 4.0}}""", false },
        { "window and experts", "MixtralForCausalLM", """{"sliding_window": 4, "num_local_experts": 4, "num_experts_per_tok": 2}""", false },
        { "softmax that is not normalized", "Qwen3MoeForCausalLM", Moe, false },
        { "one tensor for all experts", "Qwen3MoeForCausalLM", Moe, true },
        { "a dense layer between", "Qwen3MoeForCausalLM", Moe[..^1] + """, "mlp_only_layers": [0]}""", false },
        { "no query rank, values wider than keys, groups by their best", "DeepseekV2ForCausalLM", V2, false },
        { "groups by their best two", "DeepseekV3ForCausalLM", V3, false },
        { "partial rotation", "MiniMaxM2ForCausalLM", """{"rotary_dim": 16, "num_local_experts": 5, "num_experts_per_tok": 2}""", false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_are_those_of_plain_loops(string name, string @class, string keys, bool stacked)
    {
        MadeUpDecoder made = new(@class, keys, stacked);
        int[] tokens = [.. Enumerable.Range(0, 20).Select(static i => i * 37 % 96)];
        using ExportedModel model = ExportedModel.Load(OnnxExport.Create(made.Config, made.Tensors, OnnxExportOptions.Plain(OnnxElementType.Float)));
        float[] expected = made.Logits(tokens);
        Assert.True(Logits.Distance(expected, model.Logits(tokens)) < 1e-5, $"{name}: in one run");
        Assert.True(Logits.Distance(expected, model.LogitsByParts(tokens, 9, 1)) < 1e-5, $"{name}: with the cache");
    }

    [Theory]
    [InlineData("Qwen3MoeForCausalLM", Moe)]
    [InlineData("DeepseekV2ForCausalLM", V2)]
    [InlineData("DeepseekV3ForCausalLM", V3)]
    public void Experts_in_two_nodes_give_the_same(string @class, string keys)
    {
        MadeUpDecoder made = new(@class, keys);
        int[] tokens = [.. Enumerable.Range(0, 20).Select(static i => i * 37 % 96)];
        OnnxExportOptions options = new((role, _, _) =>
            new OnnxWeightFormat.Plain(role.Expert is 1 or 4 ? OnnxElementType.Float16 : OnnxElementType.Float));
        using ExportedModel model = ExportedModel.Load(OnnxExport.Create(made.Config, made.Tensors, options));
        Assert.Equal(2, model.Decoder.Model.Graph.Nodes.Count(static n => n.Operator == "MoE" && n.Name.StartsWith("layers.1.", StringComparison.Ordinal)));
        Assert.InRange(Logits.Distance(made.Logits(tokens), model.Logits(tokens)), 0, 1e-3);
    }

    [Fact]
    public void A_tensor_that_is_left_over_is_refused_and_a_tied_head_is_dropped()
    {
        MadeUpDecoder made = new("Qwen2ForCausalLM", """{"tie_word_embeddings": true}""");
        made.Add("lm_head.weight", [96, 64], new float[96 * 64]);
        made.Add("model.layers.0.self_attn.rotary_emb.inv_freq", [16], new float[16]);
        OnnxExportOptions options = OnnxExportOptions.Plain(OnnxElementType.Float);
        Assert.Equal(
            ["lm_head.weight", "model.layers.0.self_attn.rotary_emb.inv_freq"],
            OnnxExport.Create(made.Config, made.Tensors, options).Dropped.Select(static d => d.Name));
        made.Add("model.extra.weight", [4], new float[4]);
        Assert.Contains(
            "1 tensor left over that Qwen2ForCausalLM has no place for: model.extra.weight",
            Assert.Throws<InvalidCheckpointException>(() => OnnxExport.Create(made.Config, made.Tensors, options)).Message);
        made.Tensors.Remove("model.extra.weight");
        made.Tensors.Remove("model.norm.weight");
        Assert.Contains("1 tensor missing", Assert.Throws<InvalidCheckpointException>(() => OnnxExport.Create(made.Config, made.Tensors, options)).Message);
    }

    [Fact]
    public void Every_checkpoint_tensor_is_in_one_weight()
    {
        MadeUpDecoder made = new("DeepseekV3ForCausalLM", V3);
        OnnxDecoder decoder = OnnxExport.Create(made.Config, made.Tensors, OnnxExportOptions.Plain(OnnxElementType.Float));
        Assert.Equal(
            made.Tensors.Keys.Order(StringComparer.Ordinal),
            decoder.Weights.SelectMany(static w => w.SourceNames).Order(StringComparer.Ordinal));
        Assert.Equal(made.Tensors.Values.Sum(static t => t.Weights.Rows * t.Weights.Columns),
            decoder.Weights.Where(static w => w.Role is not null).Sum(static w => w.Source.Rows * w.Source.Columns));
    }

    [Fact]
    public void A_head_that_cannot_be_rotated_is_refused() => Assert.Equal(
        "config.json: head size 24, 24 of it rotated; expected multiples of 16, as ONNX Runtime's GroupQueryAttention wants",
        Assert.Throws<UnsupportedModelException>(() =>
        {
            MadeUpDecoder made = new("LlamaForCausalLM", """{"head_dim": 24}""");
            OnnxExport.Create(made.Config, made.Tensors, OnnxExportOptions.Plain(OnnxElementType.Float));
        }).Message);

    [Fact]
    public void Kimi_K2s_yarn_is_as_its_own_code_has_it()
    {
        // beta_fast and beta_slow both 1: pairs 0 to 9 as trained, from 10 on divided; 9.58 is the pair that turns once in 4096.
        string keys = V3.Replace("\"qk_rope_head_dim\": 16", "\"qk_rope_head_dim\": 32", StringComparison.Ordinal);
        MadeUpDecoder made = new("DeepseekV3ForCausalLM", keys[..^1] + """
            , "rope_theta": 50000.0, "rope_scaling": {"type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096,
             "beta_fast": 1.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0}}
            """);
        OnnxDecoder decoder = OnnxExport.Create(made.Config, made.Tensors, OnnxExportOptions.Plain(OnnxElementType.Float));
        OnnxWeight cosine = decoder.Weights.Single(static w => w.Values.Name == "rotary.cos");
        float[] row = new float[16];
        cosine.Source.Read(1, row);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(Math.Cos(Math.Pow(50000, -i / 16.0) / (i < 10 ? 1 : 32)), row[i], 1e-6);
        }

        double temperature = (0.1 * Math.Log(32)) + 1;
        OnnxNode attention = decoder.Model.Graph.Nodes.First(static n => n.Operator == "GroupQueryAttention");
        OnnxAttribute.Float scale = attention.Attributes.OfType<OnnxAttribute.Float>().Single(static a => a.Name == "scale");
        Assert.Equal(temperature * temperature / Math.Sqrt(48), scale.Value, 1e-6);
    }
}
