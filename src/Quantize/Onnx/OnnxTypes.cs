using System.Globalization;
using ModelPack.Models;
using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Rules;

namespace ModelPack.Quantize.Onnx;

/// <summary>
/// Chooses the type of every tensor of an export, expert by expert: rules first; head and embeddings 8 bits in a quantized
/// model; norms, biases and routers stay as they are.
/// </summary>
public sealed class OnnxTypes
{
    private static readonly TensorKind[] Fixed = [TensorKind.Router, TensorKind.RouterBias, TensorKind.RopeFactors];

    private readonly OnnxOptions _options;
    private readonly Dictionary<TensorRole, OnnxTypeChoice> _choices = [];

    /// <param name="spec">The model.</param>
    /// <param name="options">Type and rules.</param>
    /// <exception cref="ModelPackException">
    /// A rule that matches nothing, or only what is never quantized; parts of one expert with different types.
    /// </exception>
    public OnnxTypes(DecoderSpec spec, OnnxOptions options)
    {
        _options = options;
        TensorRole[] roles = [.. DecoderTensors.Of(spec).SelectMany(Expand)];
        RuleSubject[] subjects = [.. roles.Select(static r => new RuleSubject(GgufNames.Of(r with { Expert = null }), r.ToString(), 1))];
        foreach (OnnxRule rule in options.Rules)
        {
            int[] matched = [.. Enumerable.Range(0, roles.Length).Where(i => subjects[i].CountSelected(rule.Pattern) > 0)];
            if (matched.Length == 0)
            {
                throw RuleSet.MatchesNothing(rule.Text, rule.Pattern, subjects);
            }

            if (matched.All(i => IsFixed(roles[i])))
            {
                throw RuleSet.MatchesOnlyFixed(rule.Text, matched.Select(i => subjects[i].Path!));
            }

            foreach (TensorRole role in matched.Select(i => roles[i]).Where(static r => !IsFixed(r)))
            {
                _choices.TryAdd(role, new(rule.Type, TypeReason.Rule, rule.Text));
            }
        }

        foreach (TensorRole role in roles)
        {
            _choices.TryAdd(role, Default(role, options.Type));
        }

        CheckExperts(roles);
    }

    /// <summary>The choice for a tensor, or for one expert of a stack.</summary>
    /// <param name="role">With the expert's number, where there are experts.</param>
    /// <exception cref="ArgumentException">The model has no such tensor.</exception>
    public OnnxTypeChoice Find(TensorRole role) =>
        _choices.TryGetValue(role.Kind == TensorKind.ExpertGateUp ? role with { Kind = TensorKind.ExpertGate } : role, out OnnxTypeChoice choice)
            ? choice
            : role.Kind == TensorKind.Head ? Find(new(TensorKind.Embedding))
            : throw new ArgumentException($"{role} has no type.", nameof(role));

    /// <summary>How a tensor, or one expert of a stack, is stored.</summary>
    /// <param name="role">With the expert's number, where there are experts.</param>
    public OnnxWeightFormat FormatOf(TensorRole role)
    {
        OnnxTypeChoice choice = Find(role);
        if (choice.Reason == TypeReason.Kept)
        {
            return new OnnxWeightFormat.Plain(_options.ComputeType);
        }

        // Only QMoE knows one scale a row.
        bool isExpert = TensorRole.IsExpert(role.Kind);
        return choice.Type.Format(_options.BlockSize == 0 && !isExpert ? 32 : _options.BlockSize, _options.Symmetric, _options.ComputeType);
    }

    private static IEnumerable<TensorRole> Expand(DecoderTensor tensor) => TensorRole.IsExpert(tensor.Role.Kind)
        ? Enumerable.Range(0, checked((int)tensor.Shape[0])).Select(e => tensor.Role with { Expert = e })
        : [tensor.Role];

    private static bool IsFixed(TensorRole role) => role.Bias || Fixed.Contains(role.Kind) || IsNorm(role.Kind);

    private static bool IsNorm(TensorKind kind) => kind is TensorKind.OutputNorm or TensorKind.AttentionNorm or TensorKind.AttentionQueryNorm
        or TensorKind.AttentionKeyNorm or TensorKind.AttentionQueryDownNorm or TensorKind.AttentionKeyValueDownNorm or TensorKind.FeedForwardNorm;

    private static OnnxTypeChoice Default(TensorRole role, OnnxType type) =>
        IsFixed(role) ? new(OnnxType.F32, TypeReason.Kept)
        : role.Kind is TensorKind.Head or TensorKind.Embedding && type.Bits < 8 ? new(OnnxType.Int8, TypeReason.Mixture)
        : new(type, TypeReason.Preset);

    private void CheckExperts(IEnumerable<TensorRole> roles)
    {
        foreach (var expert in roles.Where(static r => r.Expert is not null).GroupBy(static r => (r.Layer, r.Expert)))
        {
            OnnxType[] types = [.. expert.Select(r => Find(r).Type).Distinct()];
            if (types.Length > 1)
            {
                string rule = expert.Select(r => Find(r).Rule).OfType<string>().FirstOrDefault() ?? "";
                throw new ModelPackException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"rule '{rule}': layers.{expert.Key.Layer}.experts.{expert.Key.Expert} would have {string.Join(" and ", types.Select(static t => t.Name))}; "
                    + $"ONNX Runtime's QMoE has one type for gate, up and down of an expert: write the rule for the whole expert"));
            }
        }
    }
}
