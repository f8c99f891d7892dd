using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Conversion;

/// <summary>Makes a spec's GGUF tensors from a checkpoint's: renamed, reordered, split, stacked.</summary>
internal sealed class GgufTensors
{
    private readonly Architecture _architecture;
    private readonly DecoderSpec _spec;
    private readonly ConversionSources _sources;
    private readonly List<GgufModelTensor> _tensors = [];

    private GgufTensors(Architecture architecture, DecoderSpec spec, ConversionSources sources) =>
        (_architecture, _spec, _sources) = (architecture, spec, sources);

    /// <summary>The tensors in file order; what is missing or of another shape is remembered in the sources.</summary>
    public static IReadOnlyList<GgufModelTensor> Build(Architecture architecture, DecoderSpec spec, ConversionSources sources)
    {
        GgufTensors builder = new(architecture, spec, sources);
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            builder.Add(tensor);
        }

        builder.AddRopeFactors();
        builder._tensors.Sort(static (a, b) => GgufTensorOrder.Instance.Compare(a.Name, b.Name));
        return builder._tensors;
    }

    private void Add(DecoderTensor tensor)
    {
        TensorRole role = tensor.Role;
        if (TensorRole.IsExpert(role.Kind))
        {
            AddExperts(tensor);
        }
        else if (_sources.Take(_architecture.HubNames.Find(role)!, tensor.Shape.ToArray(), tensor.Keys) is { } source)
        {
            switch (role.Kind)
            {
                case TensorKind.AttentionKeyValueUp:
                    AddKeyValueUp(role.Layer!.Value, source);
                    break;
                case TensorKind.Embedding when _spec.TiedEmbeddings && !_architecture.GgufMayTieHead:
                    Add(role, tensor.Shape, source.Weights, source.StoredNames);
                    Add(new(TensorKind.Head), tensor.Shape, source.Weights, source.StoredNames);
                    break;
                default:
                    Add(role, tensor.Shape, Reorder(role, source.Weights), source.StoredNames);
                    break;
            }
        }
    }

    private TensorSource Reorder(TensorRole role, TensorSource weights) =>
        role.Kind is TensorKind.AttentionQuery or TensorKind.AttentionKey
        && _spec.Rope.Layout == RopeLayout.Halves && _architecture.GgufRopeLayout == RopeLayout.Pairs
        && _spec.Layers[role.Layer!.Value].Attention is AttentionSpec.Grouped attention
            ? Pair(weights, role.Kind == TensorKind.AttentionQuery ? attention.Heads : attention.KeyValueHeads, role.Bias)
            : weights;

    // A bias is reordered as a column of its elements.
    private static TensorSource Pair(TensorSource weights, int heads, bool bias) => bias
        ? new ReshapedSource(new PermutedRows(new ReshapedSource(weights, 1), heads), weights.Columns)
        : new PermutedRows(weights, heads);

    private void AddKeyValueUp(int layer, CheckpointTensor source)
    {
        AttentionSpec.Latent attention = (AttentionSpec.Latent)_spec.Layers[layer].Attention;
        (int heads, int nope, int value, int rank) = (attention.Heads, attention.NopeSize, attention.ValueSize, attention.KeyValueRank);
        Add(
            new(TensorKind.AttentionKeyUp, layer),
            [heads, rank, nope],
            LatentHalves.Keys(source.Weights, attention),
            source.StoredNames);
        Add(
            new(TensorKind.AttentionValueUp, layer),
            [heads, value, rank],
            LatentHalves.Values(source.Weights, attention),
            source.StoredNames);
    }

    private void AddExperts(DecoderTensor tensor)
    {
        TensorRole role = tensor.Role;
        (long count, long rows, long columns) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        bool apart = _sources.Has(_architecture.HubNames.Find(role with { Expert = 0 }));
        if (!apart && Stored(role) is { } stack)
        {
            if (_sources.Take(stack, tensor.Shape.ToArray(), tensor.Keys) is { } source)
            {
                Add(role, tensor.Shape, source.Weights, source.StoredNames);
            }

            return;
        }

        if (!apart && Stored(role with { Kind = TensorKind.ExpertGateUp }) is { } fused)
        {
            AddHalves(tensor, fused, upper: role.Kind == TensorKind.ExpertUp);
            return;
        }

        List<TensorSource> parts = [];
        List<string> names = [];
        for (int expert = 0; expert < count; expert++)
        {
            if (_sources.Take(_architecture.HubNames.Find(role with { Expert = expert })!, [rows, columns], tensor.Keys) is { } part)
            {
                parts.Add(part.Weights);
                names.AddRange(part.StoredNames);
            }
        }

        if (parts.Count == count)
        {
            Add(role, tensor.Shape, new StackedSource(parts), names);
        }
    }

    // gate and up of every expert one below the other in one tensor: [experts, 2 × size, hidden].
    private void AddHalves(DecoderTensor tensor, string fused, bool upper)
    {
        (long count, long rows, long columns) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        if (_sources.Take(fused, [count, 2 * rows, columns], tensor.Keys) is { } source)
        {
            int half = checked((int)rows);
            Add(tensor.Role, tensor.Shape, new PickedRows(source.Weights, 2 * half, upper ? half : 0, half), source.StoredNames);
        }
    }

    private string? Stored(TensorRole stack)
    {
        string? name = _architecture.HubNames.Find(stack);
        return _sources.Has(name) ? name : _sources.Has(name + ".weight") ? name + ".weight" : null;
    }

    private void AddRopeFactors()
    {
        if (_spec.Rope.Scaling is RopeScaling.Llama3 scaling)
        {
            float[] factors = RopeFactors.Of(_spec.Rope, scaling);
            Add(new(TensorKind.RopeFactors), [factors.Length], new ConstantSource(factors), []);
        }
    }

    private void Add(TensorRole role, IReadOnlyList<long> shape, TensorSource weights, IReadOnlyList<string> sources)
    {
        string name = GgufNames.Of(role);
        _tensors.Add(new(name, [.. shape.Reverse()], weights, BaseTypeOf(name, shape, weights), sources));
    }

    // What llama.cpp's converter always writes as float32: vectors, norms, routers, and anything but weights.
    private static GgmlType BaseTypeOf(string name, IReadOnlyList<long> shape, TensorSource weights) =>
        shape.Count == 1 || name.EndsWith("_norm.weight", StringComparison.Ordinal)
        || name.EndsWith(".ffn_gate_inp.weight", StringComparison.Ordinal) || !name.EndsWith(".weight", StringComparison.Ordinal)
            ? GgmlType.F32
            : weights.NaturalType switch
            {
                DType.BF16 => GgmlType.BF16,
                DType.F16 => GgmlType.F16,
                _ => GgmlType.F32,
            };
}
