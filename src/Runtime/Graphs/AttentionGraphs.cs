using ModelPack.Models.Architectures;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Runtime.Graphs;

/// <summary>Attention of independent sequences of one length, from projections to the heads' values side by side.</summary>
/// <remarks>
/// Written with plain operators: GroupQueryAttention takes float32 on the CPU only. Queries that share a key head are rows of one
/// product, so keys and values are never repeated.
/// </remarks>
internal sealed class AttentionGraphs
{
    private readonly BlockGraph _block = new("attention");
    private readonly DecoderSpec _spec;
    private readonly string _sequences;

    private AttentionGraphs(DecoderSpec spec)
    {
        _spec = spec;
        _sequences = _block.Input("x", 3);
    }

    private GraphBuilder Graph => _block.Graph;

    /// <summary>x [windows, length, hidden], q, k, v, [biases], [norms], cosine, sine, mask [length, length] → heads [tokens, heads × width].</summary>
    public static BlockGraph Grouped(DecoderSpec spec, AttentionSpec.Grouped attention) => new AttentionGraphs(spec).Add(attention);

    /// <summary>Compressed query [windows, length, rank], q_b, compressed key and value, kv_b, rotated part of the keys, cosine, sine, mask → heads.</summary>
    public static BlockGraph Latent(DecoderSpec spec, AttentionSpec.Latent attention) => new AttentionGraphs(spec).Add(attention);

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
        return Attend(query, key, value, attention.Heads, attention.KeyValueHeads, attention.HeadSize, 1 / Math.Sqrt(attention.HeadSize));
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
        return Attend(query, key, value, heads, heads, attention.ValueSize, LatentScale(nope + rope));
    }

    // DeepSeek-V3: YaRN's temperature on the unrotated part too, hence on the whole product, twice.
    private double LatentScale(int width)
    {
        double temperature = _spec.Rope.Scaling is RopeScaling.Yarn { MscaleAllDimensions: { } weight and not 0 } yarn
            ? RotaryTable.Temperature(yarn.Factor, weight)
            : 1;
        return temperature * temperature / Math.Sqrt(width);
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

    private BlockGraph Attend(string query, string key, string value, int heads, int groups, int width, double scale)
    {
        query = Graph.Add("Mul", "q.scaled", [query, Graph.Number(scale, OnnxElementType.Float)]);
        query = Graph.Reshape("q.groups", query, 0, groups, -1, 0);
        key = Graph.Add("Transpose", "k.across", [key], new OnnxAttribute.Ints("perm", [0, 1, 3, 2]));
        string scores = Graph.Add("MatMul", "scores", [query, key]);
        scores = Graph.Reshape("scores.heads", scores, 0, heads, -1, 0);
        scores = Graph.Add("Add", "scores.masked", [scores, _block.Input("mask", 2)]);
        scores = Graph.Add("Softmax", "shares", [scores], new OnnxAttribute.Int("axis", -1));
        scores = Graph.Reshape("shares.groups", scores, 0, groups, -1, 0);
        string values = Graph.Add("MatMul", "values", [scores, value]);
        values = Graph.Reshape("values.heads", values, 0, heads, -1, width);
        values = Graph.Add("Transpose", "values.by-token", [values], new OnnxAttribute.Ints("perm", [0, 2, 1, 3]));
        _block.Output(Graph.Reshape("heads", values, -1, (long)heads * width), 2);
        return _block;
    }
}
