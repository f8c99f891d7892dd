using System.Globalization;

namespace ModelPack.Models.Architectures;

/// <summary>The place of a tensor in a model: its kind, its layer and its expert.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Layer">Layer, from 0; null for tensors outside the layers.</param>
/// <param name="Expert">Expert, from 0; null for all experts of a layer as one tensor, and for anything but experts.</param>
/// <param name="Bias">The bias that goes with a weight of this kind.</param>
/// <remarks>
/// <see cref="ToString"/> gives the dotted path that rules match: "layers.3.attention.q", "layers.3.experts.5.down",
/// "layers.3.experts.*.down" for a stack, "layers.3.attention.q.bias".
/// </remarks>
public readonly record struct TensorRole(TensorKind Kind, int? Layer = null, int? Expert = null, bool Bias = false)
{
    private const string LayerPrefix = "layers.";
    private const string ExpertPrefix = "experts.";
    private const string BiasSuffix = ".bias";

    // One entry a kind; {e} marks the kinds that exist once an expert.
    private static readonly (TensorKind Kind, bool InLayer, string Path)[] Paths =
    [
        (TensorKind.Embedding, false, "embedding"),
        (TensorKind.OutputNorm, false, "output_norm"),
        (TensorKind.Head, false, "head"),
        (TensorKind.RopeFactors, false, "rope_factors"),
        (TensorKind.AttentionNorm, true, "attention_norm"),
        (TensorKind.AttentionQuery, true, "attention.q"),
        (TensorKind.AttentionKey, true, "attention.k"),
        (TensorKind.AttentionValue, true, "attention.v"),
        (TensorKind.AttentionOutput, true, "attention.output"),
        (TensorKind.AttentionQueryNorm, true, "attention.q_norm"),
        (TensorKind.AttentionKeyNorm, true, "attention.k_norm"),
        (TensorKind.AttentionQueryDown, true, "attention.q_a"),
        (TensorKind.AttentionQueryDownNorm, true, "attention.q_a_norm"),
        (TensorKind.AttentionQueryUp, true, "attention.q_b"),
        (TensorKind.AttentionKeyValueDown, true, "attention.kv_a"),
        (TensorKind.AttentionKeyValueDownNorm, true, "attention.kv_a_norm"),
        (TensorKind.AttentionKeyValueUp, true, "attention.kv_b"),
        (TensorKind.AttentionKeyUp, true, "attention.k_b"),
        (TensorKind.AttentionValueUp, true, "attention.v_b"),
        (TensorKind.FeedForwardNorm, true, "feed_forward_norm"),
        (TensorKind.FeedForwardGate, true, "feed_forward.gate"),
        (TensorKind.FeedForwardUp, true, "feed_forward.up"),
        (TensorKind.FeedForwardDown, true, "feed_forward.down"),
        (TensorKind.Router, true, "router"),
        (TensorKind.RouterBias, true, "router_bias"),
        (TensorKind.ExpertGate, true, "experts.{e}.gate"),
        (TensorKind.ExpertUp, true, "experts.{e}.up"),
        (TensorKind.ExpertDown, true, "experts.{e}.down"),
        (TensorKind.ExpertGateUp, true, "experts.{e}.gate_up"),
        (TensorKind.SharedExpertGate, true, "shared_expert.gate"),
        (TensorKind.SharedExpertUp, true, "shared_expert.up"),
        (TensorKind.SharedExpertDown, true, "shared_expert.down"),
    ];

    private static readonly Dictionary<TensorKind, (bool InLayer, string Path)> ByKind =
        Paths.ToDictionary(static p => p.Kind, static p => (p.InLayer, p.Path));

    private static readonly Dictionary<(bool InLayer, string Path), TensorKind> ByPath =
        Paths.ToDictionary(static p => (p.InLayer, p.Path), static p => p.Kind);

    /// <summary>Every kind of tensor, in the order of a forward pass.</summary>
    public static IReadOnlyList<TensorKind> Kinds { get; } = [.. Paths.Select(static p => p.Kind)];

    /// <summary>Whether the kind exists once a layer.</summary>
    public static bool IsInLayer(TensorKind kind) => ByKind[kind].InLayer;

    /// <summary>Whether the kind exists once a routed expert.</summary>
    public static bool IsExpert(TensorKind kind) => ByKind[kind].Path.StartsWith(ExpertPrefix, StringComparison.Ordinal);

    /// <summary>Reads a path as <see cref="ToString"/> writes it.</summary>
    /// <returns>False when no tensor has such a path.</returns>
    public static bool TryParse(string path, out TensorRole role)
    {
        role = default;
        string rest = path;
        bool bias = rest.EndsWith(BiasSuffix, StringComparison.Ordinal);
        rest = bias ? rest[..^BiasSuffix.Length] : rest;
        int? layer = null;
        if (rest.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            if (!TakeNumber(ref rest, LayerPrefix.Length, out int index))
            {
                return false;
            }

            layer = index;
        }

        int? expert = null;
        if (rest.StartsWith(ExpertPrefix, StringComparison.Ordinal))
        {
            if (rest.StartsWith("experts.*.", StringComparison.Ordinal))
            {
                rest = rest["experts.*.".Length..];
            }
            else if (TakeNumber(ref rest, ExpertPrefix.Length, out int index))
            {
                expert = index;
            }
            else
            {
                return false;
            }

            rest = "experts.{e}." + rest;
        }

        if (!ByPath.TryGetValue((layer is not null, rest), out TensorKind kind))
        {
            return false;
        }

        role = new TensorRole(kind, layer, expert, bias);
        return true;
    }

    /// <summary>The path: "layers.3.attention.q".</summary>
    public override string ToString()
    {
        (bool inLayer, string path) = ByKind[Kind];
        string expert = Expert?.ToString(CultureInfo.InvariantCulture) ?? "*";
        string layer = inLayer ? string.Create(CultureInfo.InvariantCulture, $"{LayerPrefix}{Layer ?? 0}.") : "";
        return layer + path.Replace("{e}", expert, StringComparison.Ordinal) + (Bias ? BiasSuffix : "");
    }

    private static bool TakeNumber(ref string text, int start, out int number)
    {
        int end = text.IndexOf('.', start);
        if (end < 0 || !int.TryParse(text.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            || (text[start] == '0' && end > start + 1))
        {
            number = 0;
            return false;
        }

        text = text[(end + 1)..];
        return true;
    }
}
