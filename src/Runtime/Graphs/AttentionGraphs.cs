using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Runtime.Graphs;

/// <summary>Attention of independent sequences of one length: first queries, keys and values by head, then the heads' values.</summary>
/// <remarks>
/// Written with plain operators: GroupQueryAttention takes float32 on the CPU only. Queries that share a key head are rows of one
/// product, so keys and values are never repeated. Scores are computed for a run of queries at a time, against the keys that these may
/// see: half the work, and a long window needs little memory.
/// </remarks>
internal sealed class AttentionGraphs
{
    private readonly BlockGraph _block = new("queries, keys and values");
    private readonly DecoderSpec _spec;
    private readonly string _sequences;

    private AttentionGraphs(DecoderSpec spec)
    {
        _spec = spec;
        _sequences = _block.Input("x", 3);
    }

    private GraphBuilder Graph => _block.Graph;

    /// <summary>
    /// x [windows, length, hidden], q, k, v, [biases], [norms], cosine, sine → queries, keys, values, each [windows, heads, length, width].
    /// </summary>
    public static BlockGraph Grouped(DecoderSpec spec, AttentionSpec.Grouped attention) => new AttentionGraphs(spec).Add(attention);

    /// <summary>Compressed query [windows, length, rank], q_b, compressed key and value, kv_b, rotated part of the keys, cosine, sine → the same.</summary>
    public static BlockGraph Latent(DecoderSpec spec, AttentionSpec.Latent attention) => new AttentionGraphs(spec).Add(attention);

    /// <summary>
    /// One window's queries, keys and values, each [heads, length, width]; a mask that is cut; places → [queries, heads × width].
    /// </summary>
    /// <remarks>
    /// Places: the first query and the one after the last; the same of keys; the same of the mask's columns. The mask has a row for each
    /// query of a full run.
    /// </remarks>
    public static BlockGraph Core(AttentionSpec attention, double scale)
    {
        (int heads, int groups, int width) = attention switch
        {
            AttentionSpec.Grouped a => (a.Heads, a.KeyValueHeads, a.HeadSize),
            AttentionSpec.Latent a => (a.Heads, a.Heads, a.ValueSize),
            _ => throw new ArgumentException($"{attention.GetType()} has no graph yet.", nameof(attention)),
        };
        BlockGraph block = new("attention");
        GraphBuilder graph = block.Graph;
        string[] places = ["query.first", "query.end", "key.first", "key.end", "mask.first", "mask.end", "query.count"];
        (string query, string key, string value, string mask) = (block.Input("q", 3), block.Input("k", 3), block.Input("v", 3), block.Input("mask", 2));
        foreach (string place in places)
        {
            block.Place(place);
        }

        string Cut(string name, string data, string first, string end, int axis) =>
            graph.Add("Slice", name, [data, first, end, graph.Integers(axis)]);
        query = graph.Reshape("q.groups", Cut("q.run", query, places[0], places[1], 1), groups, -1, QueryWidth(attention));
        key = Cut("k.seen", key, places[2], places[3], 1);
        value = Cut("v.seen", value, places[2], places[3], 1);
        mask = Cut("mask.columns", Cut("mask.rows", mask, graph.Integers(0), places[6], 0), places[4], places[5], 1);
        string scores = graph.AddMicrosoft(
            "FusedMatMul", "scores", [query, key], new OnnxAttribute.Int("transB", 1), new OnnxAttribute.Float("alpha", (float)scale));
        string shape = graph.Add("Concat", "scores.shape", [graph.Integers(heads), places[6], graph.Integers(-1)], new OnnxAttribute.Int("axis", 0));
        scores = graph.Add("Reshape", "scores.heads", [scores, shape]);
        scores = graph.Add("Add", "scores.masked", [scores, mask]);
        scores = graph.Add("Softmax", "shares", [scores], new OnnxAttribute.Int("axis", -1));
        shape = graph.Add("Concat", "shares.shape", [graph.Integers(groups, -1), graph.Add("Sub", "keys", [places[3], places[2]])], new OnnxAttribute.Int("axis", 0));
        scores = graph.Add("Reshape", "shares.groups", [scores, shape]);
        string values = graph.Add("MatMul", "values", [scores, value]);
        values = graph.Reshape("values.heads", values, heads, -1, width);
        values = graph.Add("Transpose", "values.by-token", [values], new OnnxAttribute.Ints("perm", [1, 0, 2]));
        block.Output(graph.Reshape("heads", values, -1, (long)heads * width), 2);
        return block;
    }

    /// <summary>What scores are multiplied by.</summary>
    public static double Scale(DecoderSpec spec, AttentionSpec attention)
    {
        // DeepSeek-V3: YaRN's temperature on the unrotated part too, hence on the whole product, twice.
        double temperature = attention is AttentionSpec.Latent && spec.Rope.Scaling is RopeScaling.Yarn { MscaleAllDimensions: { } weight and not 0 } yarn
            ? RotaryTable.Temperature(yarn.Factor, weight)
            : 1;
        return temperature * temperature / Math.Sqrt(QueryWidth(attention));
    }

    /// <summary>Width of a head's queries and keys.</summary>
    public static int QueryWidth(AttentionSpec attention) => attention switch
    {
        AttentionSpec.Grouped a => a.HeadSize,
        AttentionSpec.Latent a => a.NopeSize + a.RopeSize,
        _ => throw new ArgumentException($"{attention.GetType()} has no graph yet.", nameof(attention)),
    };

    private BlockGraph Add(AttentionSpec.Grouped attention)
    {
        string rows = Graph.Add("Flatten", "x.rows", [_sequences], new OnnxAttribute.Int("axis", 2));
        string query = _block.Linear("q", rows, attention.QueryKeyValueBias);
        string key = _block.Linear("k", rows, attention.QueryKeyValueBias);
        string value = _block.Linear("v", rows, attention.QueryKeyValueBias);
        query = Heads("q", Normalize("q_norm", query, attention), attention.Heads, attention.HeadSize);
        key = Heads("k", Normalize("k_norm", key, attention), attention.KeyValueHeads, attention.HeadSize);
        value = Heads("v", value, attention.KeyValueHeads, attention.HeadSize);
        (string cosine, string sine) = Tables();
        query = Rotate("q", query, attention.Heads, attention.HeadSize, cosine, sine);
        key = Rotate("k", key, attention.KeyValueHeads, attention.HeadSize, cosine, sine);
        return Finish(query, key, value);
    }

    private BlockGraph Add(AttentionSpec.Latent attention)
    {
        (int nope, int rope, int heads) = (attention.NopeSize, attention.RopeSize, attention.Heads);
        string rows = Graph.Add("Flatten", "x.rows", [_sequences], new OnnxAttribute.Int("axis", 2));
        string query = Heads("q", _block.Linear("q", rows), heads, nope + rope);
        string latent = _block.Input("key_value", 2);
        string expanded = Heads("kv_b", _block.Linear("kv_b", latent), heads, nope + attention.ValueSize);
        string rotated = Heads("rotated", _block.Input("rotated", 2), 1, rope);
        (string cosine, string sine) = Tables();
        (string still, string turned) = Split("q.parts", query, nope, rope);
        query = Join("q.whole", still, Rotate("q", turned, heads, rope, cosine, sine));
        (string key, string value) = Split("kv_b.parts", expanded, nope, attention.ValueSize);

        // One rotated part a token serves all heads.
        rotated = Rotate("k", rotated, 1, rope, cosine, sine);
        rotated = Graph.Add("Expand", "k.rotated.heads", [rotated, Graph.Integers(1, heads, 1, 1)]);
        key = Join("k.whole", key, rotated);
        return Finish(query, key, value);
    }

    private string Normalize(string name, string value, AttentionSpec.Grouped attention) => attention.QueryKeyNorm switch
    {
        QueryKeyNorm.None => value,
        QueryKeyNorm.PerHead => _block.Norm(name, Graph.Reshape($"{name}.heads", value, -1, attention.HeadSize), _spec.NormEpsilon),
        _ => _block.Norm(name, value, _spec.NormEpsilon),
    };

    private (string Cosine, string Sine) Tables() => (_block.Input("cosine", 2), _block.Input("sine", 2));

    // [tokens, heads × width] to [windows, heads, length, width].
    private string Heads(string name, string value, int heads, int width)
    {
        string shape = Graph.Add("Concat", $"{name}.shape", [SequenceShape(), Graph.Integers(heads, width)], new OnnxAttribute.Int("axis", 0));
        value = Graph.Add("Reshape", $"{name}.apart", [value, shape]);
        return Graph.Add("Transpose", $"{name}.by-head", [value], new OnnxAttribute.Ints("perm", [0, 2, 1, 3]));
    }

    private string SequenceShape()
    {
        const string Name = "sequence";
        return Graph.Nodes.Any(static n => n.Name == Name)
            ? Name
            : Graph.Add("Shape", Name, [_sequences], new OnnxAttribute.Int("start", 0), new OnnxAttribute.Int("end", 2));
    }

    private string Rotate(string name, string value, int heads, int width, string cosine, string sine)
    {
        bool partial = _spec.Rope.Dimensions < width;
        List<OnnxAttribute> attributes = [new OnnxAttribute.Int("interleaved", _spec.Rope.Layout == RopeLayout.Pairs ? 1 : 0)];
        if (partial)
        {
            attributes.Add(new OnnxAttribute.Int("num_heads", heads));
            attributes.Add(new OnnxAttribute.Int("rotary_embedding_dim", _spec.Rope.Dimensions));
        }

        return Graph.AddMicrosoft("RotaryEmbedding", $"{name}.rotated", [value, Graph.Integers(0), cosine, sine], attributes);
    }

    private (string First, string Second) Split(string name, string value, int first, int second)
    {
        string[] parts = [$"{name}.0", $"{name}.1"];
        Graph.Add("", "Split", name, [value, Graph.Integers(first, second)], parts, [new OnnxAttribute.Int("axis", -1)]);
        return (parts[0], parts[1]);
    }

    private string Join(string name, string first, string second) =>
        Graph.Add("Concat", name, [first, second], new OnnxAttribute.Int("axis", -1));

    private BlockGraph Finish(params ReadOnlySpan<string> values)
    {
        foreach (string value in values)
        {
            _block.Output(value, 4);
        }

        return _block;
    }
}
