using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A layer's router, in float32 throughout.</summary>
/// <remarks>
/// MoE and QMoE take the softmax over their inputs' best k. So they get the logarithms of the chosen experts' weights, and a very
/// small number for all others: their softmax then gives the weights divided by the sum, whatever the router. What the sum should
/// have been is multiplied afterwards. That needs neither router_weights nor normalize_routing_weights=0, which not all providers honor.
/// </remarks>
internal sealed class RouterPart
{
    private const double Never = -1e9;

    private readonly GraphBuilder _graph;
    private readonly FeedForwardSpec.Experts _spec;
    private readonly string _prefix;
    private readonly string _logits;
    private readonly string _scores;
    private readonly string _logarithms;
    private readonly string _chosen;

    private RouterPart(DecoderParts parts, string input, int layer, FeedForwardSpec.Experts spec)
    {
        (_graph, _spec, _prefix) = (parts.Graph, spec, $"layers.{layer}.router");
        TensorRole role = new(TensorKind.Router, layer);
        string wide = parts.Activation == OnnxElementType.Float ? input : _graph.Cast($"{_prefix}.input", input, OnnxElementType.Float);
        string weight = parts.Weights.AddPlain(role, $"{role}.weight", parts.Taken[role], OnnxElementType.Float);
        _logits = _graph.Add("Gemm", _prefix, [wide, weight], new OnnxAttribute.Int("transB", 1));
        bool sigmoid = spec.Router.Scoring == RouterScoring.Sigmoid;
        _scores = sigmoid ? _graph.Add("Sigmoid", $"{_prefix}.scores", [_logits])
            : _graph.Add("Softmax", $"{_prefix}.scores", [_logits], new OnnxAttribute.Int("axis", -1));
        _logarithms = sigmoid ? LogSigmoid() : _logits;
        string choice = _scores;
        if (spec.Router.SelectionBias)
        {
            TensorRole bias = new(TensorKind.RouterBias, layer);
            string vector = parts.Weights.AddPlain(bias, $"{bias}", parts.Taken[bias], OnnxElementType.Float, [spec.Count]);
            choice = _graph.Add("Add", $"{_prefix}.biased", [choice, vector]);
        }

        if (spec.Router.Groups is { } groups && groups.Active < groups.Count)
        {
            choice = Limit(choice, groups);
        }

        _chosen = Best($"{_prefix}.chosen", choice, spec.Active).Indices;
    }

    /// <summary>Adds the router.</summary>
    /// <param name="parts">What it is built with.</param>
    /// <param name="input">[tokens, hidden].</param>
    /// <param name="layer">Layer.</param>
    /// <param name="spec">The layer's experts.</param>
    public static RouterPart Add(DecoderParts parts, string input, int layer, FeedForwardSpec.Experts spec) => new(parts, input, layer, spec);

    /// <summary>The inputs of MoE or QMoE, [tokens, experts].</summary>
    public string Probabilities() => Scatter($"{_prefix}.probabilities", Never, Chosen("logarithms.chosen", _logarithms));

    /// <summary>Final weights of all experts, 0 for those that are not chosen, [tokens, experts].</summary>
    public string Weights() => Scatter($"{_prefix}.weights", 0, Scaled(ChosenWeights()));

    /// <summary>What the output of one node with all experts is multiplied by; null for nothing.</summary>
    public string? Sum() => _spec.Router switch
    {
        { Normalize: false } => Total("sum", Scaled(ChosenWeights())),
        { Scale: 1 } => null,
        { Scale: var scale } => _graph.Number(scale, OnnxElementType.Float),
    };

    /// <summary>Columns of some experts, [tokens, so many].</summary>
    public string Pick(string name, string values, IReadOnlyList<int> experts) => _graph.Add(
        "Gather",
        $"{_prefix}.{name}",
        [values, _graph.Integers([.. experts.Select(static e => (long)e)])],
        new OnnxAttribute.Int("axis", 1));

    /// <summary>Sum over the experts, [tokens, 1].</summary>
    public string Total(string name, string values) =>
        _graph.Add("ReduceSum", $"{_prefix}.{name}", [values, _graph.Integers(1)], new OnnxAttribute.Int("keepdims", 1));

    // log sigmoid(x) = -softplus(-x), which never is the logarithm of 0.
    private string LogSigmoid()
    {
        string negative = _graph.Add("Neg", $"{_prefix}.negative", [_logits]);
        string softplus = _graph.Add("Softplus", $"{_prefix}.softplus", [negative]);
        return _graph.Add("Neg", $"{_prefix}.logarithms", [softplus]);
    }

    // Experts outside the best groups get a choice too low to be taken.
    private string Limit(string choice, RouterGroups groups)
    {
        int size = _spec.Count / groups.Count;
        string grouped = _graph.Reshape($"{_prefix}.groups", choice, -1, groups.Count, size);
        string best = Best($"{_prefix}.groups.best", grouped, groups.BestTwo ? Math.Min(2, size) : 1).Values;
        string rank = _graph.Add("ReduceSum", $"{_prefix}.groups.rank", [best, _graph.Integers(-1)], new OnnxAttribute.Int("keepdims", 0));
        string active = Best($"{_prefix}.groups.active", rank, groups.Active).Indices;
        string penalty = Scatter($"{_prefix}.groups.penalty", Never, Fill($"{_prefix}.groups.none", 0, active), rank, active);
        penalty = _graph.Add("Unsqueeze", $"{_prefix}.groups.penalties", [penalty, _graph.Integers(-1)]);
        string limited = _graph.Add("Add", $"{_prefix}.groups.limited", [grouped, penalty]);
        return _graph.Reshape($"{_prefix}.limited", limited, -1, _spec.Count);
    }

    private string ChosenWeights() => _spec.Router.Normalize
        ? _graph.Add("Softmax", $"{_prefix}.weights.normalized", [Chosen("weights.logarithms", _logarithms)], new OnnxAttribute.Int("axis", -1))
        : Chosen("weights.chosen", _scores);

    private string Scaled(string weights) => _spec.Router.Scale is not 1 and var scale
        ? _graph.Add("Mul", $"{_prefix}.weights.scaled", [weights, _graph.Number(scale, OnnxElementType.Float)])
        : weights;

    private string Chosen(string name, string values) =>
        _graph.Add("GatherElements", $"{_prefix}.{name}", [values, _chosen], new OnnxAttribute.Int("axis", 1));

    private (string Values, string Indices) Best(string name, string values, int count)
    {
        string[] outputs = [$"{name}.values", name];
        _graph.Add("", "TopK", name, [values, _graph.Integers(count)], outputs, [new OnnxAttribute.Int("axis", -1)]);
        return (outputs[0], outputs[1]);
    }

    private string Scatter(string name, double elsewhere, string values) => Scatter(name, elsewhere, values, _logits, _chosen);

    private string Scatter(string name, double elsewhere, string values, string like, string indices) => _graph.Add(
        "ScatterElements",
        name,
        [Fill($"{name}.elsewhere", elsewhere, like), indices, values],
        new OnnxAttribute.Int("axis", 1));

    private string Fill(string name, double value, string like)
    {
        string shape = _graph.Add("Shape", $"{name}.shape", [like]);
        return _graph.Add("Expand", name, [_graph.Number(value, OnnxElementType.Float), shape]);
    }
}
