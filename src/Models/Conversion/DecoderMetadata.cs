using ModelPack.Models.Architectures;
using ModelPack.Models.Gguf;

namespace ModelPack.Models.Conversion;

/// <summary>A spec as GGUF keys, in the order and with the types of llama.cpp's converter.</summary>
/// <remarks>Source: llama.cpp 34af94cd9, conversion/base.py, TextModel.set_gguf_parameters.</remarks>
internal static class DecoderMetadata
{
    /// <summary>Adds the keys "llama.block_count" … to the end.</summary>
    public static void Append(GgufMetadata metadata, Architecture architecture, DecoderSpec spec)
    {
        GgufKeys keys = new(metadata, architecture.GgufName);
        AttentionSpec attention = spec.Layers[0].Attention;
        keys.Add("block_count", spec.Layers.Count);
        keys.Add("context_length", spec.ContextLength);
        keys.Add("embedding_length", spec.HiddenSize);
        keys.Add("feed_forward_length", spec.DenseSize);
        keys.Add("attention.head_count", attention.Heads);

        // llama.cpp runs latent attention as multi-query attention on the compressed vector: one key and value head.
        keys.Add("attention.head_count_kv", attention is AttentionSpec.Grouped grouped ? grouped.KeyValueHeads : 1);
        AppendRope(keys, spec.Rope);
        keys.Add("attention.layer_norm_rms_epsilon", spec.NormEpsilon);
        if (spec.Experts is { } experts)
        {
            AppendExperts(keys, experts);
        }

        if (attention is AttentionSpec.Grouped { HeadSize: var size } && architecture.WritesHeadSize(spec))
        {
            keys.Add("attention.key_length", size);
            keys.Add("attention.value_length", size);
        }

        architecture.AddGgufKeys(keys, spec);
    }

    private static void AppendRope(GgufKeys keys, RopeSpec rope)
    {
        switch (rope.Scaling)
        {
            case RopeScaling.Linear linear:
                keys.Add("rope.scaling.type", "linear");
                keys.Add("rope.scaling.factor", linear.Factor);
                break;
            case RopeScaling.Yarn yarn:
                keys.Add("rope.scaling.type", "yarn");
                keys.Add("rope.scaling.factor", yarn.Factor);
                keys.Add("rope.scaling.original_context_length", yarn.OriginalContext);
                keys.AddOptional("rope.scaling.yarn_ext_factor", yarn.ExtrapolationFactor);
                keys.AddOptional("rope.scaling.yarn_attn_factor", yarn.AttentionFactor);
                keys.AddOptional("rope.scaling.yarn_beta_fast", yarn.BetaFast);
                keys.AddOptional("rope.scaling.yarn_beta_slow", yarn.BetaSlow);
                break;
        }

        keys.Add("rope.freq_base", rope.Base);
    }

    private static void AppendExperts(GgufKeys keys, FeedForwardSpec.Experts experts)
    {
        keys.Add("expert_count", experts.Count);
        keys.Add("expert_used_count", experts.Active);
        if (experts.Router.Groups is { } groups)
        {
            keys.Add("expert_group_count", groups.Count);
            keys.Add("expert_group_used_count", groups.Active);
        }

        // Softmax is what llama.cpp assumes; the converter writes it only for the configs that name it, which have groups too.
        if (experts.Router.Scoring == RouterScoring.Sigmoid || experts.Router.Groups is not null)
        {
            keys.Add("expert_gating_func", experts.Router.Scoring == RouterScoring.Sigmoid ? 2 : 1);
        }
    }
}
