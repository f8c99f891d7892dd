using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;

namespace ModelPack.Models.Architectures;

/// <summary>MiniMax-M2, M2.5 and M2.7: full-width q/k norms, partial rotation, sigmoid router with a selection bias.</summary>
internal sealed class MiniMaxM2 : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["MiniMaxM2ForCausalLM"];

    public override string GgufName => "minimax-m2";

    public override HubNames HubNames { get; } = HubNames.Llama
        .With(
            (TensorKind.Router, "model.layers.{l}.block_sparse_moe.gate.weight"),
            (TensorKind.RouterBias, "model.layers.{l}.block_sparse_moe.e_score_correction_bias"),
            (TensorKind.ExpertGate, "model.layers.{l}.block_sparse_moe.experts.{e}.w1.weight"),
            (TensorKind.ExpertDown, "model.layers.{l}.block_sparse_moe.experts.{e}.w2.weight"),
            (TensorKind.ExpertUp, "model.layers.{l}.block_sparse_moe.experts.{e}.w3.weight"));

    public override bool GgufMayTieHead => false;

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        Require(config, "use_qk_norm", config.Flag("use_qk_norm", whenAbsent: true), "true");
        Require(config, "use_routing_bias", config.Flag("use_routing_bias", whenAbsent: true), "true");
        Require(config, "qk_norm_type", config.TextOrNull("qk_norm_type") is null or "per_layer", "per_layer");
        Require(config, "attn_type_list", config.Integers("attn_type_list").All(static t => t == 1), "1 (full attention) for every layer");
        Require(config, "shared_intermediate_size", config.IntegerOrNull("shared_intermediate_size") is null or 0, "0");
        AttentionSpec.Grouped attention = reader.Grouped(QueryKeyNorm.FullWidth, false, false);
        RouterSpec router = new(
            reader.Scoring(RouterScoring.Sigmoid), SelectionBias: true, Groups: null, Normalize: true, Scale: 1);
        int rotated = config.CountOrNull("rotary_dim", attention.HeadSize) ?? attention.HeadSize;
        return reader.Decoder(
            RopeReader.Read(config, rotated, RopeLayout.Halves),
            reader.Repeat(new(attention, reader.Experts("num_local_experts", "intermediate_size", router))));
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
        keys.Add("expert_feed_forward_length", spec.Experts!.Size);
        keys.Add("rope.dimension_count", spec.Rope.Dimensions);
    }

    internal override void AddConfig(GgufSettings gguf)
    {
        gguf.Copy("num_local_experts", "expert_count");
        gguf.Copy("num_experts_per_tok", "expert_used_count");
        gguf.Copy("intermediate_size", "expert_feed_forward_length");
        gguf.Copy("rotary_dim", "rope.dimension_count");
        gguf.Config["scoring_func"] = gguf.Number("expert_gating_func") is null or 2 ? "sigmoid" : "softmax";
    }

    private static void Require(ModelConfig config, string key, bool holds, string supported)
    {
        if (!holds)
        {
            throw config.Unsupported(key, supported);
        }
    }
}
