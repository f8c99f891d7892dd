using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A layer of experts: one MoE or QMoE node for each format that its experts have, and the shared experts.</summary>
/// <remarks>
/// A node whose experts were not chosen for a token gets small numbers only and runs k of them for nothing; its output is then
/// multiplied by 0.
/// </remarks>
internal sealed class ExpertPart(DecoderParts parts, int layer, FeedForwardSpec.Experts spec)
{
    /// <summary>In float16, where -1e9 is infinite: an input of the softmax that still gives 0 beside any weight.</summary>
    private const double HalfNever = -60000;

    private readonly GraphBuilder _graph = parts.Graph;
    private readonly string _prefix = $"layers.{layer}.experts";

    /// <summary>Adds the layer's feed-forward.</summary>
    /// <param name="parts">What it is built with.</param>
    /// <param name="input">[tokens, hidden].</param>
    /// <param name="layer">Layer.</param>
    /// <param name="spec">The layer's experts.</param>
    /// <exception cref="UnsupportedModelException">Formats that the operators cannot run.</exception>
    public static string Add(DecoderParts parts, string input, int layer, FeedForwardSpec.Experts spec)
    {
        string routed = new ExpertPart(parts, layer, spec).AddRouted(input);
        return spec.SharedSize == 0 ? routed
            : parts.Graph.Add("Add", $"layers.{layer}.feed_forward", [routed, FeedForwardPart.AddShared(parts, input, layer)]);
    }

    private string AddRouted(string input)
    {
        List<ExpertGroup> groups = Groups();
        RouterPart router = RouterPart.Add(parts, input, layer, spec);
        string probabilities = router.Probabilities();
        if (groups.Count == 1)
        {
            string output = AddNode(input, Narrow($"{_prefix}.probabilities", probabilities, logarithms: true), _prefix, groups[0]);
            return router.Sum() is { } sum
                ? _graph.Add("Mul", $"{_prefix}.weighted", [output, Narrow($"{_prefix}.sum", sum, logarithms: false)])
                : output;
        }

        string weights = router.Weights();
        string total = "";
        for (int i = 0; i < groups.Count; i++)
        {
            string name = $"{_prefix}.part{i}";
            string picked = router.Pick($"part{i}.probabilities", probabilities, groups[i].Experts);
            string output = AddNode(input, Narrow($"{name}.probabilities", picked, logarithms: true), name, groups[i]);
            string sum = router.Total($"part{i}.sum", router.Pick($"part{i}.weights", weights, groups[i].Experts));
            string part = _graph.Add("Mul", $"{name}.weighted", [output, Narrow($"{name}.sum", sum, logarithms: false)]);
            total = i == 0 ? part : _graph.Add("Add", $"{name}.total", [total, part]);
        }

        return total;
    }

    // Formats in the order of their first expert.
    private List<ExpertGroup> Groups()
    {
        List<(OnnxWeightFormat Format, List<int> Experts)> groups = [];
        for (int expert = 0; expert < spec.Count; expert++)
        {
            OnnxWeightFormat format = FormatOf(expert);
            if (groups.FirstOrDefault(g => g.Format == format).Experts is { } known)
            {
                known.Add(expert);
            }
            else
            {
                groups.Add((format, [expert]));
            }
        }

        return [.. groups.Select(static g => new ExpertGroup(g.Format, g.Experts))];
    }

    private OnnxWeightFormat FormatOf(int expert)
    {
        OnnxWeightFormat? first = null;
        foreach (TensorKind kind in (ReadOnlySpan<TensorKind>)[TensorKind.ExpertGate, TensorKind.ExpertUp, TensorKind.ExpertDown])
        {
            TensorRole role = new(kind, layer, expert);
            OnnxWeightFormat format = parts.FormatOf(role, parts.Taken[role].Weights);
            first ??= format;
            if (format != first)
            {
                throw ExportFaults.ExpertFormats(role, format, first);
            }
        }

        return first!;
    }

    private string AddNode(string input, string probabilities, string name, ExpertGroup group)
    {
        WeightNames inner = AddStack(TensorKind.ExpertGateUp, $"{name}.gate_up", group);
        WeightNames outer = AddStack(TensorKind.ExpertDown, $"{name}.down", group);
        List<OnnxAttribute> attributes =
        [
            new OnnxAttribute.Int("k", Math.Min(spec.Active, group.Experts.Count)),
            new OnnxAttribute.Text("activation_type", "swiglu"),
            new OnnxAttribute.Int("swiglu_fusion", 1),
            new OnnxAttribute.Float("activation_alpha", 1),
            new OnnxAttribute.Float("activation_beta", 0),
            new OnnxAttribute.Int("normalize_routing_weights", 1),
        ];
        if (group.Format is not OnnxWeightFormat.Blocks blocks)
        {
            return _graph.AddMicrosoft("MoE", name, [input, probabilities, inner.Values, "", outer.Values], attributes);
        }

        attributes.Add(new OnnxAttribute.Int("expert_weight_bits", blocks.Bits));
        if (blocks.BlockSize > 0)
        {
            attributes.Add(new OnnxAttribute.Int("block_size", blocks.BlockSize));
        }

        if (parts.Options.Provider == OnnxProvider.Cuda)
        {
            attributes.Add(new OnnxAttribute.Int("weights_prepacked", 0));
        }

        string[] inputs =
        [
            input, probabilities, inner.Values, inner.Scales, "", outer.Values, outer.Scales, "", "", "", "",
            inner.ZeroPoints, outer.ZeroPoints,
        ];
        return _graph.AddMicrosoft("QMoE", name, inputs, attributes);
    }

    private WeightNames AddStack(TensorKind kind, string name, ExpertGroup group)
    {
        TakenTensor[] experts = [.. group.Experts.Select(e => kind == TensorKind.ExpertGateUp ? GateUp(e) : parts.Taken[new(kind, layer, e)])];
        TakenTensor stack = new(
            new StackedSource([.. experts.Select(static e => e.Weights)]),
            [.. experts.SelectMany(static e => e.StoredNames).Distinct(StringComparer.Ordinal)]);
        return parts.Weights.AddExperts(new(kind, layer), name, group.Experts, stack, group.Format);
    }

    private TakenTensor GateUp(int expert)
    {
        TakenTensor gate = parts.Taken[new(TensorKind.ExpertGate, layer, expert)];
        TakenTensor up = parts.Taken[new(TensorKind.ExpertUp, layer, expert)];
        TensorSource rows = new InterleavedRows(gate.Weights, up.Weights);
        return new(rows, [.. gate.StoredNames, .. up.StoredNames]);
    }

    private string Narrow(string name, string value, bool logarithms)
    {
        if (parts.Activation == OnnxElementType.Float)
        {
            return value;
        }

        string finite = logarithms
            ? _graph.Add("Max", $"{name}.finite", [value, _graph.Number(HalfNever, OnnxElementType.Float)])
            : value;
        return _graph.Cast($"{name}.narrow", finite, parts.Activation);
    }
}
