using ModelPack.Models.Architectures;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Conversion;

/// <summary>The weights of a GGUF model in the hub's layout: stacks sliced, split projections joined, reordered rows put back.</summary>
public sealed class GgufWeights
{
    private readonly Dictionary<string, GgufTensorInfo> _tensors;
    private readonly Dictionary<TensorRole, TensorSource> _weights = [];
    private readonly Func<GgufTensorInfo, TensorSource> _open;
    private readonly DecoderSpec _spec;
    private readonly RopeLayout _stored;
    private readonly string _file;

    private GgufWeights(GgufFile gguf, DecoderSpec spec, RopeLayout stored, Func<GgufTensorInfo, TensorSource> open)
    {
        _tensors = gguf.Tensors.ToDictionary(static t => t.Name, StringComparer.Ordinal);
        (_spec, _stored, _open, _file) = (spec, stored, open, Path.GetFileName(gguf.Files[0]));
    }

    /// <summary>The weights of a model whose file must stay open.</summary>
    /// <param name="gguf">A model, in one file or several.</param>
    /// <param name="open">Opens a tensor of any type; null reads F32, F16 and BF16 only.</param>
    /// <exception cref="InvalidCheckpointException">The metadata make no sense, or a tensor is missing or of another shape.</exception>
    /// <exception cref="UnsupportedModelException">An architecture, variant or type of tensor that is not covered.</exception>
    public static ModelWeights Of(GgufFile gguf, Func<GgufTensorInfo, TensorSource>? open = null)
    {
        DecoderSpec spec = GgufSpec.Read(gguf);
        string name = gguf.Metadata["general.architecture"].AsString();
        RopeLayout stored = Architecture.All.First(a => a.GgufName == name).GgufRopeLayout;
        GgufWeights weights = new(gguf, spec, stored, open ?? gguf.OpenTensor);
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            weights.Add(tensor);
        }

        return new(spec, weights._weights, gguf.Files);
    }

    private void Add(DecoderTensor tensor)
    {
        TensorRole role = tensor.Role;
        if (TensorRole.IsExpert(role.Kind))
        {
            AddExperts(tensor);
        }
        else if (role.Kind == TensorKind.AttentionKeyValueUp && !_tensors.ContainsKey(GgufNames.Of(role)))
        {
            _weights.Add(role, Join(role.Layer!.Value));
        }
        else
        {
            _weights.Add(role, Unpair(role, Take(role, tensor.Shape)));
        }
    }

    private void AddExperts(DecoderTensor tensor)
    {
        TensorRole role = tensor.Role;
        (long count, long rows, long columns) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        TensorRole fused = role with { Kind = TensorKind.ExpertGateUp };
        bool half = !_tensors.ContainsKey(GgufNames.Of(role)) && role.Kind != TensorKind.ExpertDown && _tensors.ContainsKey(GgufNames.Of(fused));
        TensorSource stack = half ? Take(fused, [count, 2 * rows, columns]) : Take(role, tensor.Shape);
        long period = half ? 2 * rows : rows;
        long first = half && role.Kind == TensorKind.ExpertUp ? rows : 0;
        for (int expert = 0; expert < count; expert++)
        {
            _weights.Add(role with { Expert = expert }, new RowSlice(stack, (expert * period) + first, rows));
        }
    }

    // [heads, rank, nope] turned back, and [heads, value, rank], by turns.
    private JoinedRows Join(int layer)
    {
        AttentionSpec.Latent attention = (AttentionSpec.Latent)_spec.Layers[layer].Attention;
        (int heads, int nope, int value, int rank) = (attention.Heads, attention.NopeSize, attention.ValueSize, attention.KeyValueRank);
        TensorSource keys = Take(new(TensorKind.AttentionKeyUp, layer), [heads, rank, nope]);
        TensorSource values = Take(new(TensorKind.AttentionValueUp, layer), [heads, value, rank]);
        return new(new TransposedHeads(keys, rank, 0, rank), nope, values, value);
    }

    private TensorSource Unpair(TensorRole role, TensorSource weights)
    {
        if (role.Kind is not (TensorKind.AttentionQuery or TensorKind.AttentionKey)
            || _stored != RopeLayout.Pairs || _spec.Rope.Layout != RopeLayout.Halves
            || _spec.Layers[role.Layer!.Value].Attention is not AttentionSpec.Grouped attention)
        {
            return weights;
        }

        int heads = role.Kind == TensorKind.AttentionQuery ? attention.Heads : attention.KeyValueHeads;
        return role.Bias
            ? new ReshapedSource(new HalvedRows(new ReshapedSource(weights, 1), heads), weights.Columns)
            : new HalvedRows(weights, heads);
    }

    private TensorSource Take(TensorRole role, IReadOnlyList<long> shape)
    {
        string name = GgufNames.Of(role);
        if (!_tensors.TryGetValue(name, out GgufTensorInfo? tensor))
        {
            throw new InvalidCheckpointException($"{_file}: {name}: missing; the metadata ask for it");
        }

        return tensor.Shape.Reverse().SequenceEqual(shape)
            ? _open(tensor)
            : throw new InvalidCheckpointException(
                $"{_file}: {name}: shape {Spelling.Shape([.. tensor.Shape.Reverse()])}; expected {Spelling.Shape([.. shape])} from the metadata");
    }
}
