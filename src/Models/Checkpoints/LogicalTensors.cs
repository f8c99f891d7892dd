using ModelPack.Models.Checkpoints.Encodings;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Checkpoints;

/// <summary>What the stored tensors mean: every one is part of a logical tensor, or dropped with a reason, or an error.</summary>
/// <param name="Encoding">How the weights are stored.</param>
/// <param name="Tensors">Logical tensors by name.</param>
/// <param name="Dropped">Scales of activations and caches.</param>
internal sealed record LogicalTensors(
    string Encoding,
    IReadOnlyDictionary<string, CheckpointTensor> Tensors,
    IReadOnlyList<DroppedTensor> Dropped)
{
    /// <summary>Merges companions into their weights.</summary>
    /// <exception cref="InvalidCheckpointException">A companion is missing or left over, or two tensors give the same name.</exception>
    /// <exception cref="UnsupportedModelException">The names belong to an encoding that is not read.</exception>
    public static LogicalTensors Of(IEnumerable<StoredTensor> tensors, WeightEncoding? encoding, CancellationToken cancellation)
    {
        StoredTensors stored = new(tensors);
        EncodingCatalog.RefuseByName(stored.Names);
        List<DroppedTensor> dropped = [];
        foreach (string name in stored.Names)
        {
            if (EncodingCatalog.ReasonToDrop(name) is string reason)
            {
                stored.Take(name);
                dropped.Add(new DroppedTensor(name, reason));
            }
        }

        SortedDictionary<string, CheckpointTensor> logical = new(StringComparer.Ordinal);
        foreach (CheckpointTensor tensor in (encoding?.Decode(stored) ?? []).Concat(Plain(stored, encoding is not null)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!logical.TryAdd(tensor.Name, tensor))
            {
                throw new InvalidCheckpointException(
                    $"{Spelling.OneLine(tensor.Name)}: stored twice, as {Spelling.Some(logical[tensor.Name].StoredNames)} and as {Spelling.Some(tensor.StoredNames)}");
            }
        }

        return new LogicalTensors(encoding?.Name ?? "none", logical, dropped);
    }

    private static IEnumerable<CheckpointTensor> Plain(StoredTensors stored, bool encoded)
    {
        EncodingCatalog.RefuseLeftovers(stored.Names);
        foreach (string name in stored.Names)
        {
            StoredTensor tensor = stored.Take(name)!;
            if (encoded && tensor.Info is { Type: DType.F8E4M3 or DType.F8E5M2 or DType.I8, Shape.Count: > 1 })
            {
                throw new InvalidCheckpointException($"{tensor.Place}: {tensor.Info.Type} weights without scales; expected {Spelling.OneLine(name)}_scale beside them");
            }

            yield return new CheckpointTensor(name, tensor.Info.Shape, StoredSource.Of(tensor), [name]);
        }
    }
}
