namespace ModelPack.Quantize.Mixtures;

/// <summary>Sorts GGUF names into categories, and says which tensors are quantized at all.</summary>
/// <remarks>
/// Source: llama.cpp v0.5.0, src/llama-quant.cpp, tensor_get_category and tensor_allows_quantization. Both look for
/// substrings, in the order of these tables; the order matters ("attn_v" would be found in no other entry, "ffn_down"
/// also covers "ffn_down_exps" and "ffn_down_shexp").
/// </remarks>
internal static class TensorCategories
{
    private static readonly (string Part, TensorCategory Category)[] Parts =
    [
        ("attn_qkv.weight", TensorCategory.AttentionV),
        ("attn_kv_b.weight", TensorCategory.AttentionV),
        ("attn_v.weight", TensorCategory.AttentionV),
        ("attn_k.weight", TensorCategory.AttentionK),
        ("attn_q.weight", TensorCategory.Other),
        ("attn_output.weight", TensorCategory.AttentionOutput),
        ("ffn_up", TensorCategory.Other),
        ("ffn_gate", TensorCategory.Other),
        ("ffn_down", TensorCategory.FeedForwardDown),
    ];

    private static readonly string[] NeverQuantizedNames = ["position_embd.weight", "token_types.weight"];

    private static readonly string[] NeverQuantizedParts =
    [
        "_norm.weight",
        "ffn_gate_inp.weight",
        "ffn_gate_tid2eid.weight",
        "altup",
        "laurel",
        "per_layer_model_proj",
        "ssm_conv1d",
        "shortconv.conv.weight",
        "indexer.k_proj.weight",
        "indexer.q_proj.weight",
        "time_mix_first.weight",
        "time_mix_w0.weight",
        "time_mix_w1.weight",
        "time_mix_w2.weight",
        "time_mix_v0.weight",
        "time_mix_v1.weight",
        "time_mix_v2.weight",
        "time_mix_a0.weight",
        "time_mix_a1.weight",
        "time_mix_a2.weight",
        "time_mix_g1.weight",
        "time_mix_g2.weight",
        "time_mix_decay_w1.weight",
        "time_mix_decay_w2.weight",
        "time_mix_lerp_fused.weight",
        "attn_rel_b.weight",
        ".position_embd",
        "sam.pos_embd",
        "sam.neck.",
        "sam.net_",
        ".rel_pos",
        ".patch_embd",
        ".patch_merger",
        "a.rvq.codebook",
        "mm.a.code_embd",
    ];

    /// <summary>The category of a GGUF name.</summary>
    public static TensorCategory Of(string name) => name switch
    {
        "output.weight" => TensorCategory.Output,
        "token_embd.weight" or "per_layer_token_embd.weight" => TensorCategory.Embedding,
        _ => Parts.FirstOrDefault(p => name.Contains(p.Part, StringComparison.Ordinal)).Category,
    };

    /// <summary>Whether a quantizer may change the type: a weight matrix, or a stack of them, that is no norm or router.</summary>
    /// <param name="name">GGUF name.</param>
    /// <param name="shape">GGUF order; trailing dimensions of 1 do not count.</param>
    public static bool AllowsQuantization(string name, IReadOnlyList<long> shape) =>
        shape.Skip(1).Any(static d => d > 1)
        && name.EndsWith("weight", StringComparison.Ordinal)
        && !NeverQuantizedNames.Contains(name)
        && !NeverQuantizedParts.Any(p => name.Contains(p, StringComparison.Ordinal));
}
