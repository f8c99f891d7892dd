using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;

namespace ModelPack.Models.Architectures;

/// <summary>Qwen3 with experts: 30B-A3B, 235B-A22B, Coder.</summary>
internal sealed class Qwen3Moe : Architecture
{
    public override IReadOnlyList<string> HuggingFaceNames { get; } = ["Qwen3MoeForCausalLM"];

    public override string GgufName => "qwen3moe";

    public override HubNames HubNames { get; } = HubNames.Llama
        .With(
            (TensorKind.Router, "model.layers.{l}.mlp.gate.weight"),
            (TensorKind.ExpertGate, "model.layers.{l}.mlp.experts.{e}.gate_proj.weight"),
            (TensorKind.ExpertUp, "model.layers.{l}.mlp.experts.{e}.up_proj.weight"),
            (TensorKind.ExpertDown, "model.layers.{l}.mlp.experts.{e}.down_proj.weight"))
        .WithStacks(
            (TensorKind.ExpertGateUp, "model.layers.{l}.mlp.experts.gate_up_proj"),
            (TensorKind.ExpertDown, "model.layers.{l}.mlp.experts.down_proj"));

    public override DecoderSpec ReadSpec(ModelConfig config)
    {
        SpecReader reader = new(config);
        bool bias = config.Flag("attention_bias", whenAbsent: false);
        AttentionSpec.Grouped attention = reader.Grouped(QueryKeyNorm.PerHead, bias, bias);
        RouterSpec router = new(
            RouterScoring.Softmax, SelectionBias: false, Groups: null, config.Flag("norm_topk_prob", whenAbsent: false), Scale: 1);
        FeedForwardSpec.Experts experts = reader.Experts(
            config.Has("num_experts") ? "num_experts" : "num_local_experts", "moe_intermediate_size", router);
        FeedForwardSpec.Dense plain = reader.Dense();
        HashSet<int> dense = [.. config.Integers("mlp_only_layers")];
        int step = config.CountOrNull("decoder_sparse_step", int.MaxValue) ?? 1;
        return reader.Decoder(
            RopeReader.Read(config, attention.HeadSize, RopeLayout.Halves),
            reader.Each(i => new(
                reader.Windowed(attention, i),
                !dense.Contains(i) && (i + 1) % step == 0 ? experts : plain)));
    }

    internal override void AddGgufKeys(GgufKeys keys, DecoderSpec spec)
    {
        if (spec.Experts is not { } experts || spec.Layers.Any(static l => l.FeedForward is FeedForwardSpec.Dense))
        {
            throw new UnsupportedModelException(
                "config.json: mlp_only_layers, decoder_sparse_step: dense layers; llama.cpp runs qwen3moe with experts in every layer only");
        }

        if (!experts.Router.Normalize)
        {
            throw new UnsupportedModelException(
                "config.json: norm_topk_prob: false; llama.cpp always normalizes the experts' weights of qwen3moe");
        }

        keys.Add("expert_feed_forward_length", experts.Size);
    }

    // llama.cpp always normalizes the experts' weights of this architecture.
    internal override void AddConfig(GgufSettings gguf)
    {
        gguf.Copy("num_experts", "expert_count");
        gguf.Copy("num_experts_per_tok", "expert_used_count");
        gguf.Copy("moe_intermediate_size", "expert_feed_forward_length");
        gguf.Config["attention_bias"] = gguf.Tensor("blk.0.attn_q.bias") is not null;
        gguf.Config["norm_topk_prob"] = true;
    }
}
