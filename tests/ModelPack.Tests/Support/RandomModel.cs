using System.Text.Json.Nodes;

namespace ModelPack.Tests.Support;

/// <summary>Sizes of a made-up model that is spelled as the hub spells a real one.</summary>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="HeadSize">Width of a head.</param>
/// <param name="FeedForward">Width of a feed-forward block, or of one expert.</param>
/// <param name="Experts">Experts a layer: a Qwen3-MoE; 0 for a dense Llama.</param>
/// <param name="Vocabulary">Tokens.</param>
internal sealed record RandomModel(
    int Layers, int Hidden, int Heads, int KeyValueHeads, int HeadSize, int FeedForward, int Experts, int Vocabulary)
{
    /// <summary>2 layers of 256, 2.4 MB: every row is divisible by 256.</summary>
    public static RandomModel TinyDense { get; } = new(2, 256, 4, 2, 64, 512, 0, 512);

    /// <summary>2 layers with 4 experts of 256, 4.5 MB.</summary>
    public static RandomModel TinyMoe { get; } = new(2, 256, 4, 2, 64, 256, 4, 512);

    /// <summary>All weights in the order of a hub file: name and row-major shape.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Tensors =>
    [
        ("model.embed_tokens.weight", [Vocabulary, Hidden]),
        .. Enumerable.Range(0, Layers).SelectMany(Layer),
        ("model.norm.weight", [Hidden]),
        ("lm_head.weight", [Vocabulary, Hidden]),
    ];

    /// <summary>Number of weights.</summary>
    public long Parameters => Tensors.Sum(static t => Count(t.Shape));

    /// <summary>The content of config.json.</summary>
    public JsonObject Config
    {
        get
        {
            JsonObject config = new()
            {
                ["architectures"] = new JsonArray(Experts == 0 ? "LlamaForCausalLM" : "Qwen3MoeForCausalLM"),
                ["model_type"] = Experts == 0 ? "llama" : "qwen3_moe",
                ["hidden_size"] = Hidden,
                ["num_hidden_layers"] = Layers,
                ["num_attention_heads"] = Heads,
                ["num_key_value_heads"] = KeyValueHeads,
                ["head_dim"] = HeadSize,
                ["vocab_size"] = Vocabulary,
                ["max_position_embeddings"] = 4096,
                ["rms_norm_eps"] = 1e-6,
                ["rope_theta"] = 1000000,
                ["hidden_act"] = "silu",
                ["attention_bias"] = false,
                ["tie_word_embeddings"] = false,
                ["bos_token_id"] = Vocabulary - 3,
                ["eos_token_id"] = Vocabulary - 1,
                ["torch_dtype"] = "bfloat16",
                ["transformers_version"] = "4.57.0",
                ["intermediate_size"] = FeedForward,
            };
            if (Experts > 0)
            {
                config["moe_intermediate_size"] = FeedForward;
                config["num_experts"] = Experts;
                config["num_experts_per_tok"] = Math.Min(8, Experts / 2);
                config["norm_topk_prob"] = true;
                config["decoder_sparse_step"] = 1;
                config["mlp_only_layers"] = new JsonArray();
            }

            return config;
        }
    }

    /// <summary>A model of real proportions (Llama 1B's or Qwen3-30B-A3B's layers) with about so many bytes of bf16.</summary>
    public static RandomModel OfSize(long bytes, bool experts)
    {
        if (!experts)
        {
            return new RandomModel(1, 2048, 32, 8, 64, 5632, 0, 8192).Filled(bytes);
        }

        RandomModel best = null!;
        foreach (int count in (ReadOnlySpan<int>)[16, 32, 64, 128])
        {
            RandomModel model = new RandomModel(1, 2048, 32, 4, 128, 768, count, 8192).Filled(bytes);
            best = best is null || model.Layers > 1 ? model : best;
        }

        return best;
    }

    public override string ToString() =>
        $"{(Experts == 0 ? "llama" : $"qwen3moe with {Experts} experts")}, {Layers} layers, {Parameters / 1e6:f1} M weights, {Parameters * 2 / 1e9:f2} GB of bf16";

    internal static long Count(long[] shape) => shape.Aggregate(1L, static (n, d) => checked(n * d));

    private RandomModel Filled(long bytes)
    {
        long one = Parameters * 2;
        long layer = (this with { Layers = 2 }).Parameters * 2 - one;
        return this with { Layers = (int)Math.Max(1, 1 + Math.Round((bytes - one) / (double)layer)) };
    }

    private IEnumerable<(string Name, long[] Shape)> Layer(int index)
    {
        string layer = $"model.layers.{index}.";
        yield return (layer + "input_layernorm.weight", [Hidden]);
        yield return (layer + "self_attn.q_proj.weight", [Heads * HeadSize, Hidden]);
        yield return (layer + "self_attn.k_proj.weight", [KeyValueHeads * HeadSize, Hidden]);
        yield return (layer + "self_attn.v_proj.weight", [KeyValueHeads * HeadSize, Hidden]);
        yield return (layer + "self_attn.o_proj.weight", [Hidden, Heads * HeadSize]);
        if (Experts > 0)
        {
            yield return (layer + "self_attn.q_norm.weight", [HeadSize]);
            yield return (layer + "self_attn.k_norm.weight", [HeadSize]);
        }

        yield return (layer + "post_attention_layernorm.weight", [Hidden]);
        if (Experts > 0)
        {
            yield return (layer + "mlp.gate.weight", [Experts, Hidden]);
        }

        for (int expert = 0; expert < Math.Max(1, Experts); expert++)
        {
            string block = Experts == 0 ? layer + "mlp." : $"{layer}mlp.experts.{expert}.";
            yield return (block + "gate_proj.weight", [FeedForward, Hidden]);
            yield return (block + "up_proj.weight", [FeedForward, Hidden]);
            yield return (block + "down_proj.weight", [Hidden, FeedForward]);
        }
    }
}
