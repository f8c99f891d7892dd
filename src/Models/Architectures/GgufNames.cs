using System.Collections.Frozen;
using System.Globalization;

namespace ModelPack.Models.Architectures;

/// <summary>GGUF's tensor names, the same for all architectures: role to name and back.</summary>
/// <remarks>
/// Experts are one stacked tensor a layer, so a role with an expert's number has no name of its own; the names that only
/// the hub uses (kv_b in one piece, gate and up fused) have none either. Source: gguf-py 0.17, TENSOR_NAMES.
/// </remarks>
public static class GgufNames
{
    private const string LayerPrefix = "blk.";
    private const string Weight = ".weight";
    private const string Bias = ".bias";

    private static readonly (TensorKind Kind, string Name)[] Names =
    [
        (TensorKind.Embedding, "token_embd"),
        (TensorKind.OutputNorm, "output_norm"),
        (TensorKind.Head, "output"),
        (TensorKind.RopeFactors, "rope_freqs"),
        (TensorKind.AttentionNorm, "attn_norm"),
        (TensorKind.AttentionQuery, "attn_q"),
        (TensorKind.AttentionKey, "attn_k"),
        (TensorKind.AttentionValue, "attn_v"),
        (TensorKind.AttentionOutput, "attn_output"),
        (TensorKind.AttentionQueryNorm, "attn_q_norm"),
        (TensorKind.AttentionKeyNorm, "attn_k_norm"),
        (TensorKind.AttentionQueryDown, "attn_q_a"),
        (TensorKind.AttentionQueryDownNorm, "attn_q_a_norm"),
        (TensorKind.AttentionQueryUp, "attn_q_b"),
        (TensorKind.AttentionKeyValueDown, "attn_kv_a_mqa"),
        (TensorKind.AttentionKeyValueDownNorm, "attn_kv_a_norm"),
        (TensorKind.AttentionKeyValueUp, "attn_kv_b"),
        (TensorKind.AttentionKeyUp, "attn_k_b"),
        (TensorKind.AttentionValueUp, "attn_v_b"),
        (TensorKind.FeedForwardNorm, "ffn_norm"),
        (TensorKind.FeedForwardGate, "ffn_gate"),
        (TensorKind.FeedForwardUp, "ffn_up"),
        (TensorKind.FeedForwardDown, "ffn_down"),
        (TensorKind.Router, "ffn_gate_inp"),
        (TensorKind.RouterBias, "exp_probs_b"),
        (TensorKind.ExpertGate, "ffn_gate_exps"),
        (TensorKind.ExpertUp, "ffn_up_exps"),
        (TensorKind.ExpertDown, "ffn_down_exps"),
        (TensorKind.ExpertGateUp, "ffn_gate_up_exps"),
        (TensorKind.SharedExpertGate, "ffn_gate_shexp"),
        (TensorKind.SharedExpertUp, "ffn_up_shexp"),
        (TensorKind.SharedExpertDown, "ffn_down_shexp"),
    ];

    private static readonly FrozenDictionary<TensorKind, string> ByKind =
        Names.ToFrozenDictionary(static n => n.Kind, static n => n.Name);

    private static readonly FrozenDictionary<string, TensorKind> ByName =
        Names.ToFrozenDictionary(static n => n.Name, static n => n.Kind, StringComparer.Ordinal);

    /// <summary>The name of a role: "blk.3.ffn_down_exps.weight".</summary>
    /// <exception cref="ArgumentException">The role is one expert of a stack.</exception>
    public static string Of(TensorRole role)
    {
        if (role.Expert is not null)
        {
            throw new ArgumentException($"GGUF has no tensor for {role} alone.", nameof(role));
        }

        string layer = TensorRole.IsInLayer(role.Kind)
            ? string.Create(CultureInfo.InvariantCulture, $"{LayerPrefix}{role.Layer ?? 0}.")
            : "";
        return layer + ByKind[role.Kind] + (IsBias(role) ? Bias : Weight);
    }

    /// <summary>The role of a name; false for a name that no supported architecture has.</summary>
    public static bool TryParse(string name, out TensorRole role)
    {
        role = default;
        string rest = name;
        int? layer = null;
        if (rest.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            int end = rest.IndexOf('.', LayerPrefix.Length);
            if (end < 0 || !int.TryParse(rest.AsSpan(LayerPrefix.Length, end - LayerPrefix.Length),
                    NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            {
                return false;
            }

            layer = index;
            rest = rest[(end + 1)..];
        }

        bool bias = rest.EndsWith(Bias, StringComparison.Ordinal);
        string suffix = bias ? Bias : Weight;
        if (!rest.EndsWith(suffix, StringComparison.Ordinal)
            || !ByName.TryGetValue(rest[..^suffix.Length], out TensorKind kind))
        {
            return false;
        }

        role = new TensorRole(kind, layer, null, bias && kind != TensorKind.RouterBias);

        // What does not come out the same is no name of ours: "blk.03…", "exp_probs_b.weight", a norm outside its layer.
        return TensorRole.IsInLayer(kind) == layer is not null && Of(role) == name;
    }

    private static bool IsBias(TensorRole role) => role.Bias || role.Kind == TensorKind.RouterBias;
}
