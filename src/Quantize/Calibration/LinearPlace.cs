namespace ModelPack.Quantize.Calibration;

/// <summary>Where in a layer rows enter linear layers; weights that see the same rows share one place.</summary>
public enum LinearPlace
{
    /// <summary>The normed residual before attention: q, k, v; q_a and kv_a of latent attention.</summary>
    AttentionInput,

    /// <summary>The normed compressed query: q_b.</summary>
    QueryLatent,

    /// <summary>The normed compressed key and value: kv_b, in one piece or (as GGUF has it) its values' half.</summary>
    KeyValueLatent,

    /// <summary>
    /// Latent attention's queries, their part that is not rotated, head by head: the keys' half of kv_b as llama.cpp multiplies it, where it
    /// is folded into the queries (attn_k_b).
    /// </summary>
    KeyQuery,

    /// <summary>The heads' values side by side: the output projection.</summary>
    AttentionHeads,

    /// <summary>The normed residual before a dense feed-forward: gate and up.</summary>
    FeedForwardInput,

    /// <summary>silu(gate) × up of a dense feed-forward: down.</summary>
    FeedForwardInner,

    /// <summary>The normed residual before experts, every token of it: the router. The prior of all the layer's experts.</summary>
    RouterInput,

    /// <summary>The tokens sent to one expert: its gate and up.</summary>
    ExpertInput,

    /// <summary>silu(gate) × up of one expert: its down.</summary>
    ExpertInner,

    /// <summary>All tokens, into the shared expert: gate and up.</summary>
    SharedInput,

    /// <summary>silu(gate) × up of the shared expert: down.</summary>
    SharedInner,

    /// <summary>The normed residual after the last layer: the head.</summary>
    Head,
}
