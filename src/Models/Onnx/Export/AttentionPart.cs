using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Onnx.Export;

/// <summary>A layer's attention, by ONNX Runtime's GroupQueryAttention with rotation and cache inside.</summary>
/// <param name="parts">What it is built with.</param>
/// <param name="shared">Values that all layers use.</param>
internal sealed class AttentionPart(DecoderParts parts, AttentionInputs shared)
{
    private readonly GraphBuilder _graph = parts.Graph;

    /// <summary>Adds the attention, its output projection included.</summary>
    /// <param name="input">[tokens, hidden].</param>
    /// <param name="layer">Layer.</param>
    public string Add(string input, int layer) => parts.Spec.Layers[layer].Attention switch
    {
        AttentionSpec.Grouped spec => AddGrouped(input, layer, spec),
        AttentionSpec.Latent spec => AddLatent(input, layer, spec),
        var other => throw new ArgumentException($"{other.GetType()} has no graph yet.", nameof(layer)),
    };

    private string AddGrouped(string input, int layer, AttentionSpec.Grouped spec)
    {
        string query = parts.Linear(input, new(TensorKind.AttentionQuery, layer), spec.QueryKeyValueBias);
        string key = parts.Linear(input, new(TensorKind.AttentionKey, layer), spec.QueryKeyValueBias);
        string value = parts.Linear(input, new(TensorKind.AttentionValue, layer), spec.QueryKeyValueBias);
        query = Normalize(query, new(TensorKind.AttentionQueryNorm, layer), spec);
        key = Normalize(key, new(TensorKind.AttentionKeyNorm, layer), spec);
        string heads = Attend(layer, query, key, value, OnnxCache.Of(spec), spec.Heads, 1 / Math.Sqrt(spec.HeadSize), spec.SlidingWindow);
        string joined = _graph.Reshape($"layers.{layer}.attention.joined", heads, -1, (long)spec.Heads * spec.HeadSize);
        return parts.Linear(joined, new(TensorKind.AttentionOutput, layer), spec.OutputBias);
    }

    private string Normalize(string value, TensorRole role, AttentionSpec.Grouped spec) => spec.QueryKeyNorm switch
    {
        QueryKeyNorm.None => value,
        QueryKeyNorm.PerHead => parts.Norm(_graph.Reshape($"{role}.heads", value, -1, spec.HeadSize), role),
        _ => parts.Norm(value, role),
    };

    // Heads lie here with the rotated part in front, as GroupQueryAttention rotates the first elements of a head.
    private string AddLatent(string input, int layer, AttentionSpec.Latent spec)
    {
        (int rope, int nope, int width) = (spec.RopeSize, spec.NopeSize, spec.NopeSize + spec.RopeSize);
        OnnxCache cache = OnnxCache.Of(spec);
        string prefix = $"layers.{layer}.attention";
        string query = Query(input, layer, spec);
        query = Pad($"{prefix}.q", _graph.Reshape($"{prefix}.q.heads", query, -1, spec.Heads, width), spec.Heads, width, cache.HeadSize);

        string[] down = [$"{prefix}.kv_a.latent", $"{prefix}.k_rope"];
        string compressed = parts.Linear(input, new(TensorKind.AttentionKeyValueDown, layer));
        _graph.Add("", "Split", down[0], [compressed, _graph.Integers(spec.KeyValueRank, rope)], down, [new OnnxAttribute.Int("axis", -1)]);
        string latent = parts.Norm(down[0], new(TensorKind.AttentionKeyValueDownNorm, layer));
        string expanded = parts.Linear(latent, new(TensorKind.AttentionKeyValueUp, layer));
        expanded = _graph.Reshape($"{prefix}.kv_b.heads", expanded, -1, spec.Heads, nope + spec.ValueSize);
        string[] up = [$"{prefix}.k_nope", $"{prefix}.v"];
        _graph.Add("", "Split", up[0], [expanded, _graph.Integers(nope, spec.ValueSize)], up, [new OnnxAttribute.Int("axis", -1)]);

        // One rotated part a token serves all heads.
        string rotated = _graph.Reshape($"{prefix}.k_rope.head", down[1], -1, 1, rope);
        rotated = _graph.Add("Expand", $"{prefix}.k_rope.heads", [rotated, _graph.Integers(1, spec.Heads, 1)]);
        string key = _graph.Add("Concat", $"{prefix}.k", [rotated, up[0]], new OnnxAttribute.Int("axis", -1));
        key = Pad($"{prefix}.k", key, spec.Heads, width, cache.HeadSize);
        string value = Pad($"{prefix}.v", up[1], spec.Heads, spec.ValueSize, cache.HeadSize);

        string heads = Attend(layer, query, key, value, cache, spec.Heads, Scale(width), window: null);
        string joined = Unpad(prefix, heads, spec, cache.HeadSize);
        return parts.Linear(joined, new(TensorKind.AttentionOutput, layer));
    }

    private string Query(string input, int layer, AttentionSpec.Latent spec)
    {
        TensorRole role = new(TensorKind.AttentionQuery, layer);
        if (spec.QueryRank is not null)
        {
            string compressed = parts.Linear(input, new(TensorKind.AttentionQueryDown, layer));
            input = parts.Norm(compressed, new(TensorKind.AttentionQueryDownNorm, layer));
            role = new(TensorKind.AttentionQueryUp, layer);
        }

        TensorSource rows = new RolledRows(parts.Taken[role].Weights, spec.NopeSize + spec.RopeSize, spec.NopeSize);
        return parts.Linear(input, role, bias: false, rows);
    }

    // DeepSeek-V3: YaRN's temperature on the unrotated part too, hence on the whole product, twice.
    private double Scale(int width)
    {
        double temperature = parts.Spec.Rope.Scaling is RopeScaling.Yarn { MscaleAllDimensions: { } weight and not 0 } yarn
            ? RotaryTable.Temperature(yarn.Factor, weight)
            : 1;
        return temperature * temperature / Math.Sqrt(width);
    }

    private string Attend(int layer, string query, string key, string value, OnnxCache cache, int heads, double scale, int? window)
    {
        string prefix = $"layers.{layer}.attention";
        List<OnnxAttribute> attributes =
        [
            new OnnxAttribute.Int("num_heads", heads),
            new OnnxAttribute.Int("kv_num_heads", cache.Heads),
            new OnnxAttribute.Float("scale", (float)scale),
            new OnnxAttribute.Int("do_rotary", 1),
            new OnnxAttribute.Int("rotary_interleaved", parts.Spec.Rope.Layout == RopeLayout.Pairs ? 1 : 0),
        ];
        if (window is { } size)
        {
            attributes.Add(new OnnxAttribute.Int("local_window_size", size));
        }

        string[] inputs =
        [
            Sequence($"{prefix}.q.sequence", query),
            Sequence($"{prefix}.k.sequence", key),
            Sequence($"{prefix}.v.sequence", value),
            $"past_key_values.{layer}.key",
            $"past_key_values.{layer}.value",
            shared.LastPositions,
            shared.TotalLength,
            shared.Cosine,
            shared.Sine,
        ];
        string[] outputs = [$"{prefix}.heads", $"present.{layer}.key", $"present.{layer}.value"];
        return _graph.Add(GraphBuilder.Microsoft, "GroupQueryAttention", $"{prefix}.heads", inputs, outputs, attributes);
    }

    private string Sequence(string name, string value) => _graph.Add("Reshape", name, [value, parts.SequenceShape]);

    // [tokens, heads, width] with zeros behind each head.
    private string Pad(string name, string value, int heads, int width, int wanted)
    {
        if (width == wanted)
        {
            return value;
        }

        string shape = _graph.Add("Concat", $"{name}.zeros.shape",
            [shared.Tokens, _graph.Integers(heads, wanted - width)], new OnnxAttribute.Int("axis", 0));
        string zeros = _graph.Add("Expand", $"{name}.zeros", [_graph.Number(0, parts.Activation), shape]);
        return _graph.Add("Concat", $"{name}.padded", [value, zeros], new OnnxAttribute.Int("axis", -1));
    }

    private string Unpad(string prefix, string heads, AttentionSpec.Latent spec, int padded)
    {
        if (padded > spec.ValueSize)
        {
            heads = _graph.Reshape($"{prefix}.heads.apart", heads, -1, spec.Heads, padded);
            heads = _graph.Add("Slice", $"{prefix}.heads.values",
                [heads, _graph.Integers(0), _graph.Integers(spec.ValueSize), _graph.Integers(-1)]);
        }

        return _graph.Reshape($"{prefix}.joined", heads, -1, (long)spec.Heads * spec.ValueSize);
    }
}
