using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>The graph of a decoder, the same for every architecture: embedding, layers, head, and a cache of keys and values.</summary>
internal sealed class DecoderGraph
{
    private const string InputIds = "input_ids";
    private const string Mask = "attention_mask";
    private const string Logits = "logits";
    private const string Batch = "batch_size";
    private const string Length = "sequence_length";
    private const string Past = "past_sequence_length";
    private const string Total = "total_sequence_length";

    private readonly DecoderSpec _spec;
    private readonly DecoderParts _parts;
    private readonly GraphBuilder _graph;

    private DecoderGraph(DecoderSpec spec, OnnxExportOptions options, TakenTensors taken)
    {
        _spec = spec;
        _parts = new(spec, options, taken) { SequenceShape = "sequence_shape" };
        _graph = _parts.Graph;
    }

    /// <summary>Builds the graph.</summary>
    /// <exception cref="UnsupportedModelException">A shape or a format that the operators do not take.</exception>
    public static (OnnxGraph Graph, IReadOnlyList<OnnxWeight> Weights) Build(DecoderSpec spec, OnnxExportOptions options, TakenTensors taken)
    {
        DecoderGraph decoder = new(spec, options, taken);
        decoder.CheckRotation();
        decoder.AddNodes();
        OnnxGraph graph = new("decoder", decoder._graph.Nodes, decoder.Inputs(), decoder.Outputs(), decoder._graph.Initializers);
        return (graph, decoder._parts.Weights.Weights);
    }

    private void CheckRotation()
    {
        foreach (LayerSpec layer in _spec.Layers)
        {
            int size = OnnxCache.Of(layer.Attention).HeadSize;
            if (size % 16 != 0 || _spec.Rope.Dimensions % 16 != 0 || _spec.Rope.Dimensions > size)
            {
                throw ExportFaults.Rotation(_spec.Rope.Dimensions, size);
            }
        }
    }

    private void AddNodes()
    {
        string ids = _graph.Add("Shape", "input_shape", [InputIds]);
        string rest = _graph.Integers(-1);
        _graph.Add("Concat", _parts.SequenceShape, [ids, rest], new OnnxAttribute.Int("axis", 0));
        TensorRole embedding = new(TensorKind.Embedding);
        TakenTensor table = _parts.Taken[embedding];
        OnnxWeightFormat format = _parts.FormatOf(embedding, table.Weights);
        (string residual, WeightNames names) = Embed(embedding, table, format);
        AttentionPart attention = new(_parts, SharedInputs());

        string normed = _parts.Norm(residual, new(TensorKind.AttentionNorm, 0));
        for (int i = 0; i < _spec.Layers.Count; i++)
        {
            (normed, residual) = _parts.AddAndNorm(residual, attention.Add(normed, i), new(TensorKind.FeedForwardNorm, i));
            string part = _spec.Layers[i].FeedForward switch
            {
                FeedForwardSpec.Dense dense => FeedForwardPart.AddDense(_parts, normed, i, dense),
                FeedForwardSpec.Experts experts => ExpertPart.Add(_parts, normed, i, experts),
                var other => throw new ArgumentException($"{other.GetType()} has no graph yet."),
            };
            bool last = i == _spec.Layers.Count - 1;
            (normed, residual) = _parts.AddAndNorm(residual, part, last ? new(TensorKind.OutputNorm) : new(TensorKind.AttentionNorm, i + 1));
        }

        string head = _spec.TiedEmbeddings
            ? _parts.Multiply("head", normed, names, format, table.Weights)
            : _parts.Linear(normed, new(TensorKind.Head));
        AddLogits(head);
    }

    // A head that is the embedding needs its shape; the rows that are looked up are then a view of the same data.
    private (string Tokens, WeightNames Names) Embed(TensorRole role, TakenTensor table, OnnxWeightFormat format)
    {
        WeightNames names = _spec.TiedEmbeddings
            ? AddTied(role, table, format)
            : _parts.Weights.AddEmbedding(role, table, format);
        string tokens;
        if (format is OnnxWeightFormat.Blocks blocks)
        {
            long width = (long)table.Weights.Columns * blocks.Bits / 8;
            string data = _spec.TiedEmbeddings ? _graph.Reshape($"{role}.rows", names.Values, -1, width) : names.Values;
            tokens = _graph.AddMicrosoft(
                "GatherBlockQuantized",
                $"{role}",
                [data, InputIds, names.Scales, names.ZeroPoints],
                new OnnxAttribute.Int("bits", blocks.Bits),
                new OnnxAttribute.Int("block_size", names.Block),
                new OnnxAttribute.Int("gather_axis", 0),
                new OnnxAttribute.Int("quantize_axis", 1));
        }
        else
        {
            tokens = _graph.Add("Gather", $"{role}", [names.Values, InputIds], new OnnxAttribute.Int("axis", 0));
            if (((OnnxWeightFormat.Plain)format).Type != _parts.Activation && !_spec.TiedEmbeddings)
            {
                tokens = _graph.Cast($"{role}.cast", tokens, _parts.Activation);
            }
        }

        return (_graph.Reshape($"{role}.tokens", tokens, -1, _spec.HiddenSize), names);
    }

    private WeightNames AddTied(TensorRole role, TakenTensor table, OnnxWeightFormat format)
    {
        _parts.Weights.CheckEmbedding(role, table.Weights.Columns, format);
        return _parts.Weights.AddMatrix(role, table, format);
    }

    private AttentionInputs SharedInputs()
    {
        (RotaryTable cosine, RotaryTable sine) = RotaryTable.Of(_spec);
        string count = _graph.Add("ReduceSum", "attention_mask.count", [Mask, _graph.Integers(1)], new OnnxAttribute.Int("keepdims", 0));
        string last = _graph.Add("Sub", "attention_mask.last", [count, _graph.Integers(1)]);
        string shape = _graph.Add("Shape", "attention_mask.shape", [Mask]);
        string total = _graph.Add("Gather", "attention_mask.length", [shape, _graph.Integer(1)], new OnnxAttribute.Int("axis", 0));
        return new(
            _graph.Cast("last_positions", last, OnnxElementType.Int32),
            _graph.Cast("total_length", total, OnnxElementType.Int32),
            _parts.Weights.AddPlain(null, "rotary.cos", new(cosine, []), _parts.Activation),
            _parts.Weights.AddPlain(null, "rotary.sin", new(sine, []), _parts.Activation),
            Tokens());
    }

    private string Tokens() => _spec.Layers.Any(static l => l.Attention is AttentionSpec.Latent)
        ? _graph.Add("Size", "token_count", [InputIds]) is var size ? _graph.Reshape("token_count.vector", size, 1) : ""
        : "";

    private void AddLogits(string head)
    {
        bool half = _parts.Activation != OnnxElementType.Float;
        string shaped = _graph.Add("Reshape", half ? "logits.narrow" : Logits, [head, _parts.SequenceShape]);
        if (half)
        {
            _graph.Cast(Logits, shaped, OnnxElementType.Float);
        }
    }

    private List<OnnxValue> Inputs() =>
    [
        new(InputIds, OnnxElementType.Int64, [Batch, Length]),
        new(Mask, OnnxElementType.Int64, [Batch, Total]),
        .. Cache("past_key_values", Past),
    ];

    private List<OnnxValue> Outputs() =>
    [
        new(Logits, OnnxElementType.Float, [Batch, Length, (long)_spec.VocabularySize]),
        .. Cache("present", Total),
    ];

    private IEnumerable<OnnxValue> Cache(string prefix, string length) => _spec.Layers.SelectMany((layer, i) =>
    {
        OnnxCache cache = OnnxCache.Of(layer.Attention);
        OnnxDimension[] shape = [Batch, (long)cache.Heads, length, (long)cache.HeadSize];
        return new OnnxValue[]
        {
            new($"{prefix}.{i}.key", _parts.Activation, shape),
            new($"{prefix}.{i}.value", _parts.Activation, shape),
        };
    });
}
