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

    /// <summary>Where one scale a row is asked for, but not possible.</summary>
    private const int DefaultBlock = 32;

    private readonly DecoderSpec _spec;
    private readonly OnnxOptions _options;
    private readonly List<PlanWarning> _warnings = [];
    private readonly Dictionary<TensorRole, OnnxTypeChoice> _choices = [];

    /// <param name="spec">The model.</param>
    /// <param name="options">Type and rules.</param>
    /// <exception cref="ModelPackException">
    /// A rule that matches nothing, or only what is never quantized; parts of one expert with different types.
    /// </exception>
    public OnnxTypes(DecoderSpec spec, OnnxOptions options)
    {
        (_spec, _options) = (spec, options);
        TensorRole[] roles = [.. DecoderTensors.Of(spec).SelectMany(Expand)];
        RuleSubject[] subjects = [.. roles.Select(static r => new RuleSubject(GgufNames.Of(r with { Expert = null }), r.ToString(), 1))];
        options.Methods?.Check(subjects);
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

    /// <summary>What the graph's builder is told.</summary>
    public OnnxExportOptions ExportOptions =>
        new((role, _, columns) => FormatOf(role, columns), _options.ComputeType, _options.Provider, _options.EffectiveAccuracyLevel);

    /// <summary>What does not fit as it was asked for, noted while formats are found.</summary>
    public IReadOnlyList<PlanWarning> Warnings => _warnings;

    /// <summary>How a tensor, or one expert of a stack, is stored.</summary>
    /// <param name="role">With the expert's number, where there are experts.</param>
    /// <param name="columns">Length of its rows.</param>
    public OnnxWeightFormat FormatOf(TensorRole role, int columns)
    {
        OnnxTypeChoice choice = Find(role);
        if (choice.Reason == TypeReason.Kept)
        {
            return new OnnxWeightFormat.Plain(_options.ComputeType);
        }

        bool isExpert = TensorRole.IsExpert(role.Kind);
        int block = _options.BlockSize;
        if (!choice.Type.IsQuantized || !(isExpert || role.Kind == TensorKind.Embedding))
        {
            // Of the other operators none knows one scale a row.
            return choice.Type.Format(block == 0 ? DefaultBlock : block, _options.Symmetric, _options.ComputeType);
        }

        // QMoE and GatherBlockQuantized want whole blocks; QMoE one block size for both of its matrices, and whole bytes of zero points.
        long[] lengths = isExpert ? [_spec.HiddenSize, ((FeedForwardSpec.Experts)_spec.Layers[role.Layer!.Value].FeedForward).Size] : [columns];
        int wanted = block == 0 && !isExpert ? DefaultBlock : block;
        block = wanted;
        while (block > 16 && !Fits(block))
        {
            block /= 2;
        }

        bool hasBlock = block == 0 || Fits(block);
        OnnxWeightFormat format = hasBlock ? choice.Type.Format(block, _options.Symmetric || block == 0, _options.ComputeType)
            : isExpert ? choice.Type.Format(0, symmetric: true, _options.ComputeType)
            : new OnnxWeightFormat.Plain(_options.ComputeType);
        if (!hasBlock || block != wanted)
        {
            Warn(role with { Expert = null }, lengths, wanted, hasBlock ? $"blocks of {block}" : isExpert ? "one scale a row" : "not quantized");
        }

        return format;

        bool Fits(int size) => lengths.All(l => l % size == 0 && (!isExpert || _options.Symmetric || l / size * choice.Type.Bits % 8 == 0));
    }

    private void Warn(TensorRole role, long[] lengths, int wanted, string instead)
    {
        string rows = string.Join(" and ", lengths.Distinct());
        PlanWarning warning = new("fallback", role.ToString(), $"rows of {rows} weights do not fit blocks of {wanted}; {instead}");
        if (!_warnings.Contains(warning))
        {
            _warnings.Add(warning);
        }
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
