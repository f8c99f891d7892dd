using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;
using ModelPack.Models.Tensors.Views;

namespace ModelPack.Models.Onnx.Export;

/// <summary>All tensors of a model, taken from a checkpoint before a graph is built: by role, experts one by one.</summary>
internal sealed class TakenTensors
{
    private readonly Dictionary<TensorRole, TakenTensor> _tensors = [];
    private readonly Architecture _architecture;
    private readonly ConversionSources _sources;

    private TakenTensors(Architecture architecture, ConversionSources sources) =>
        (_architecture, _sources) = (architecture, sources);

    /// <summary>Checkpoint tensors that no graph needs.</summary>
    public IReadOnlyList<DroppedTensor> Dropped => _sources.Dropped;

    /// <summary>All of them, by role.</summary>
    public IReadOnlyDictionary<TensorRole, TensorSource> All => _tensors.ToDictionary(static t => t.Key, static t => t.Value.Weights);

    /// <summary>The tensor of a role.</summary>
    public TakenTensor this[TensorRole role] => _tensors[role];

    /// <summary>Takes every tensor that the spec asks for.</summary>
    /// <exception cref="InvalidCheckpointException">One is missing, left over or of another shape.</exception>
    public static TakenTensors Of(
        Architecture architecture, ModelConfig config, DecoderSpec spec, IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        ConversionSources sources = new(tensors);
        TakenTensors taken = new(architecture, sources);
        foreach (DecoderTensor tensor in DecoderTensors.Of(spec))
        {
            if (TensorRole.IsExpert(tensor.Role.Kind))
            {
                taken.TakeExperts(tensor);
            }
            else if (sources.Take(architecture.HubNames.Find(tensor.Role)!, tensor.Shape.ToArray(), tensor.Keys) is { } source)
            {
                taken._tensors.Add(tensor.Role, new(source.Weights, source.StoredNames));
            }
        }

        string head = architecture.HubNames.Find(new(TensorKind.Head))!;
        bool predicts = architecture.HasPredictionLayers(config);
        sources.Drop(name => DropRules.ReasonFor(name, spec, head, predicts));
        sources.ThrowIfWrong(architecture);
        return taken;
    }

    // Experts are stored one by one, or all of a layer in one tensor, gate and up maybe one below the other.
    private void TakeExperts(DecoderTensor tensor)
    {
        TensorRole role = tensor.Role;
        (long count, long rows, long columns) = (tensor.Shape[0], tensor.Shape[1], tensor.Shape[2]);
        if (_sources.Has(_architecture.HubNames.Find(role with { Expert = 0 })))
        {
            TakeApart(tensor);
        }
        else if (Stored(role) is { } stack)
        {
            Slice(role, _sources.Take(stack, tensor.Shape.ToArray(), tensor.Keys), count, rows, rows, 0);
        }
        else if (Stored(role with { Kind = TensorKind.ExpertGateUp }) is { } fused)
        {
            CheckpointTensor? both = _sources.Take(fused, [count, 2 * rows, columns], tensor.Keys);
            Slice(role, both, count, 2 * rows, rows, role.Kind == TensorKind.ExpertUp ? rows : 0);
        }
        else
        {
            TakeApart(tensor);
        }
    }

    private void TakeApart(DecoderTensor tensor)
    {
        for (int expert = 0; expert < tensor.Shape[0]; expert++)
        {
            TensorRole role = tensor.Role with { Expert = expert };
            if (_sources.Take(_architecture.HubNames.Find(role)!, [tensor.Shape[1], tensor.Shape[2]], tensor.Keys) is { } source)
            {
                _tensors.Add(role, new(source.Weights, source.StoredNames));
            }
        }
    }

    private void Slice(TensorRole role, CheckpointTensor? source, long count, long period, long rows, long first)
    {
        for (int expert = 0; source is not null && expert < count; expert++)
        {
            _tensors.Add(role with { Expert = expert }, new(new RowSlice(source.Weights, (expert * period) + first, rows), source.StoredNames));
        }
    }

    private string? Stored(TensorRole stack)
    {
        string? name = _architecture.HubNames.Find(stack);
        return _sources.Has(name) ? name : _sources.Has(name + ".weight") ? name + ".weight" : null;
    }
}
