namespace ModelPack.Models.Checkpoints;

/// <summary>The stored tensors that no logical tensor has claimed yet.</summary>
internal sealed class StoredTensors
{
    private readonly SortedDictionary<string, StoredTensor> _unclaimed = new(StringComparer.Ordinal);

    public StoredTensors(IEnumerable<StoredTensor> tensors)
    {
        foreach (StoredTensor tensor in tensors)
        {
            _unclaimed.Add(tensor.Info.Name, tensor);
        }
    }

    /// <summary>Names in ordinal order; a copy, so that tensors can be taken while it is walked.</summary>
    public IReadOnlyList<string> Names => [.. _unclaimed.Keys];

    /// <summary>Names with the ending, without it.</summary>
    public IReadOnlyList<string> Stems(string suffix) =>
        [.. _unclaimed.Keys.Where(n => n.EndsWith(suffix, StringComparison.Ordinal)).Select(n => n[..^suffix.Length])];

    /// <summary>Whether a tensor is there and unclaimed.</summary>
    public bool Has(string name) => _unclaimed.ContainsKey(name);

    /// <summary>Claims a tensor; null where it is absent or claimed.</summary>
    public StoredTensor? Take(string name) => _unclaimed.Remove(name, out StoredTensor? tensor) ? tensor : null;

    /// <summary>Claims a tensor that another needs.</summary>
    /// <exception cref="InvalidCheckpointException">It is not there.</exception>
    public StoredTensor Take(string name, StoredTensor neededBy) =>
        Take(name) ?? throw new InvalidCheckpointException($"{neededBy.Place}: needs {Spelling.OneLine(name)}, which is missing");
}
