using System.Globalization;

namespace ModelPack.Models.Architectures;

/// <summary>How the hub names the tensors of one architecture: a template a kind.</summary>
/// <remarks>
/// "{l}" is the layer, "{e}" the expert. A weight's template ends in ".weight"; its bias is the same with ".bias". The table of
/// stacks is for checkpoints that store all experts of a layer as one tensor; there the suffix may be missing.
/// </remarks>
public sealed class HubNames
{
    private const string Weight = ".weight";

    private readonly Dictionary<TensorKind, string> _single;
    private readonly Dictionary<TensorKind, string> _stacked;

    private HubNames(Dictionary<TensorKind, string> single, Dictionary<TensorKind, string> stacked) =>
        (_single, _stacked) = (single, stacked);

    /// <summary>The names that the Llama code of transformers made common: embedding, norms, grouped attention, dense layers.</summary>
    public static HubNames Llama { get; } = new(
        new()
        {
            [TensorKind.Embedding] = "model.embed_tokens.weight",
            [TensorKind.OutputNorm] = "model.norm.weight",
            [TensorKind.Head] = "lm_head.weight",
            [TensorKind.AttentionNorm] = "model.layers.{l}.input_layernorm.weight",
            [TensorKind.AttentionQuery] = "model.layers.{l}.self_attn.q_proj.weight",
            [TensorKind.AttentionKey] = "model.layers.{l}.self_attn.k_proj.weight",
            [TensorKind.AttentionValue] = "model.layers.{l}.self_attn.v_proj.weight",
            [TensorKind.AttentionOutput] = "model.layers.{l}.self_attn.o_proj.weight",
            [TensorKind.AttentionQueryNorm] = "model.layers.{l}.self_attn.q_norm.weight",
            [TensorKind.AttentionKeyNorm] = "model.layers.{l}.self_attn.k_norm.weight",
            [TensorKind.FeedForwardNorm] = "model.layers.{l}.post_attention_layernorm.weight",
            [TensorKind.FeedForwardGate] = "model.layers.{l}.mlp.gate_proj.weight",
            [TensorKind.FeedForwardUp] = "model.layers.{l}.mlp.up_proj.weight",
            [TensorKind.FeedForwardDown] = "model.layers.{l}.mlp.down_proj.weight",
        },
        []);

    /// <summary>These names and some more.</summary>
    public HubNames With(params ReadOnlySpan<(TensorKind Kind, string Template)> names)
    {
        Dictionary<TensorKind, string> single = new(_single);
        foreach ((TensorKind kind, string template) in names)
        {
            single[kind] = template;
        }

        return new(single, _stacked);
    }

    /// <summary>These names, and names of tensors that hold all experts of a layer.</summary>
    public HubNames WithStacks(params ReadOnlySpan<(TensorKind Kind, string Template)> names)
    {
        Dictionary<TensorKind, string> stacked = new(_stacked);
        foreach ((TensorKind kind, string template) in names)
        {
            stacked[kind] = template;
        }

        return new(_single, stacked);
    }

    /// <summary>The name of a role; for experts, of one expert or (when its number is null) of their stack.</summary>
    /// <returns>Null when the architecture has no such tensor.</returns>
    public string? Find(TensorRole role)
    {
        bool stack = TensorRole.IsExpert(role.Kind) && role.Expert is null;
        if (!(stack ? _stacked : _single).TryGetValue(role.Kind, out string? template))
        {
            return null;
        }

        string name = Number(template, "{l}", role.Layer);
        name = Number(name, "{e}", role.Expert);
        return role.Bias ? name[..^Weight.Length] + ".bias" : name;
    }

    private static string Number(string template, string mark, int? number) =>
        template.Replace(mark, number?.ToString(CultureInfo.InvariantCulture) ?? "*", StringComparison.Ordinal);
}
