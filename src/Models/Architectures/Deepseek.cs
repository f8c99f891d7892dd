using System.Text.Json.Nodes;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;

namespace ModelPack.Models.Architectures;

/// <summary>DeepSeek-V2, V2-Lite, V3, V3.1 and R1, and Kimi K2, which uses the same classes.</summary>
internal sealed class Deepseek : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM"];

    public override string GgufName => "deepseek2";

    public override HubNames HubNames { get; } = HubNames.Llama
        .With(
            (TensorKind.AttentionQueryDown, "model.layers.{l}.self_attn.q_a_proj.weight"),
            (TensorKind.AttentionQueryDownNorm, "model.layers.{l}.self_attn.q_a_layernorm.weight"),
            (TensorKind.AttentionQueryUp, "model.layers.{l}.self_attn.q_b_proj.weight"),
            (TensorKind.AttentionKeyValueDown, "model.layers.{l}.self_attn.kv_a_proj_with_mqa.weight"),
            (TensorKind.AttentionKeyValueDownNorm, "model.layers.{l}.self_attn.kv_a_layernorm.weight"),
            (TensorKind.AttentionKeyValueUp, "model.layers.{l}.self_attn.kv_b_proj.weight"),
            (TensorKind.Router, "model.layers.{l}.mlp.gate.weight"),
            (TensorKind.RouterBias, "model.layers.{l}.mlp.gate.e_score_correction_bias"),
            (TensorKind.ExpertGate, "model.layers.{l}.mlp.experts.{e}.gate_proj.weight"),
            (TensorKind.ExpertUp, "model.layers.{l}.mlp.experts.{e}.up_proj.weight"),
            (TensorKind.ExpertDown, "model.layers.{l}.mlp.experts.{e}.down_proj.weight"),
            (TensorKind.SharedExpertGate, "model.layers.{l}.mlp.shared_experts.gate_proj.weight"),
            (TensorKind.SharedExpertUp, "model.layers.{l}.mlp.shared_experts.up_proj.weight"),
            (TensorKind.SharedExpertDown, "model.layers.{l}.mlp.shared_experts.down_proj.weight"));

    public override RopeLayout GgufRopeLayout => RopeLayout.Pairs;

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        if (config.Flag("attention_bias", whenAbsent: false))
        {
            throw config.Unsupported("attention_bias", "false");
        }

        AttentionSpec.Latent attention = new(
            reader.Heads,
            reader.OptionalWidth("q_lora_rank"),
            reader.Width("kv_lora_rank"),
            reader.Width("qk_nope_head_dim"),
            reader.Width("qk_rope_head_dim"),
            reader.Width("v_head_dim"));
        LayerSpec dense = new(attention, reader.Dense());
        IReadOnlyList<LayerSpec> layers = config.Has("n_routed_experts")
            ? Layers(config, reader, dense, new(attention, reader.Experts("n_routed_experts", "moe_intermediate_size", Router(config, reader), "n_shared_experts")))
            : reader.Repeat(dense);
        return reader.Decoder(RopeReader.Read(config, attention.RopeSize, RopeLayout.Pairs), layers);
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
        AttentionSpec.Latent attention = (AttentionSpec.Latent)spec.Layers[0].Attention;
        keys.Add("leading_dense_block_count", spec.LeadingDenseLayers);
        keys.Add("vocab_size", spec.VocabularySize);
        if (attention.QueryRank is { } rank)
        {
            keys.Add("attention.q_lora_rank", rank);
        }

        // llama.cpp runs latent attention as multi-query attention on the compressed vector, hence these lengths.
        keys.Add("attention.kv_lora_rank", attention.KeyValueRank);
        keys.Add("attention.key_length", attention.KeyValueRank + attention.RopeSize);
        keys.Add("attention.value_length", attention.KeyValueRank);
        keys.Add("attention.key_length_mla", attention.NopeSize + attention.RopeSize);
        keys.Add("attention.value_length_mla", attention.ValueSize);
        keys.Add("expert_feed_forward_length", spec.Experts?.Size ?? spec.DenseSize);
        keys.Add("expert_shared_count", spec.Experts?.SharedCount ?? 0);
        if (spec.Experts is { } experts)
        {
            keys.Add("expert_weights_scale", experts.Router.Scale);
            if (experts.Router.Normalize)
            {
                keys.Add("expert_weights_norm", true);
            }
        }

        keys.Add("rope.dimension_count", attention.RopeSize);
        if (spec.Rope.Scaling is RopeScaling.Yarn { MscaleAllDimensions: { } scale })
        {
            keys.Add("rope.scaling.yarn_log_multiplier", 0.1 * scale);
        }
    }

    internal override void AddConfig(GgufSettings gguf)
    {
        // V3 is V2 with a corrected router; what decides is whether layers have the correction.
        int dense = (int)Math.Clamp(gguf.Number("leading_dense_block_count") ?? 0, 0, int.MaxValue);
        bool corrected = gguf.Tensor(GgufNames.Of(new(TensorKind.RouterBias, dense))) is not null;
        bool sigmoid = gguf.Number("expert_gating_func") == 2;
        gguf.Config["architectures"] = new JsonArray(corrected || sigmoid ? "DeepseekV3ForCausalLM" : "DeepseekV2ForCausalLM");
        gguf.Config["topk_method"] = corrected ? "noaux_tc" : gguf.Number("expert_group_count") > 1 ? "group_limited_greedy" : "greedy";
        gguf.Config["scoring_func"] = sigmoid ? "sigmoid" : "softmax";
        gguf.Config["norm_topk_prob"] = gguf.Flag("expert_weights_norm");
        gguf.Copy("first_k_dense_replace", "leading_dense_block_count");
        gguf.Copy("num_experts_per_tok", "expert_used_count");
        gguf.Copy("moe_intermediate_size", "expert_feed_forward_length");
        gguf.Copy("n_shared_experts", "expert_shared_count");
        gguf.Copy("n_group", "expert_group_count");
        gguf.Copy("topk_group", "expert_group_used_count");
        gguf.Copy("routed_scaling_factor", "expert_weights_scale");
        gguf.Copy("q_lora_rank", "attention.q_lora_rank");
        gguf.Copy("kv_lora_rank", "attention.kv_lora_rank");
        gguf.Copy("qk_rope_head_dim", "rope.dimension_count");
        gguf.Copy("v_head_dim", gguf.Has("attention.value_length_mla") ? "attention.value_length_mla" : "attention.value_length");
        gguf.Config["qk_nope_head_dim"] =
            (gguf.Number("attention.key_length_mla") ?? gguf.Number("attention.key_length")) - gguf.Number("rope.dimension_count");

        // One key and value head there: the compressed vector. Here every head has its own.
        gguf.Copy("num_key_value_heads", "attention.head_count");
        if (gguf.Number("expert_count") > 0)
        {
            gguf.Copy("n_routed_experts", "expert_count");
        }
    }

    // Fine-tunes of V3 keep the layer but not always the key that tells of it.
    internal override bool HasPredictionLayers(ModelConfig config) => true;

    // key_length and value_length are written above, with other meanings.
    internal override bool WritesHeadSize(DecoderSpec spec) => false;

    private static RouterSpec Router(ModelConfig config, SpecReader reader)
    {
        // Configs saved by transformers itself leave out what is fixed by the class.
        bool third = config.Texts("architectures").Contains("DeepseekV3ForCausalLM", StringComparer.Ordinal);
        string method = config.TextOrNull("topk_method") ?? (third ? "noaux_tc" : "greedy");
        if (method is not ("greedy" or "group_limited_greedy" or "noaux_tc"))
        {
            throw config.Unsupported("topk_method", "greedy, group_limited_greedy or noaux_tc");
        }

        bool corrected = method == "noaux_tc";
        return new(
            reader.Scoring(third ? RouterScoring.Sigmoid : RouterScoring.Softmax),
            SelectionBias: corrected,
            reader.Groups(bestTwo: corrected),
            config.Flag("norm_topk_prob", whenAbsent: third),
            config.PositiveOrNull("routed_scaling_factor") ?? 1);
    }

    private static IReadOnlyList<LayerSpec> Layers(ModelConfig config, SpecReader reader, LayerSpec dense, LayerSpec experts)
    {
        if (config.CountOrNull("moe_layer_freq", int.MaxValue) is not (null or 1))
        {
            throw config.Unsupported("moe_layer_freq", "1");
        }

        int first = config.CountOrNull("first_k_dense_replace", reader.LayerCount, least: 0) ?? 0;
        return reader.Each(i => i < first ? dense : experts);
    }
}
