using System.Globalization;
using ModelPack.Models.Architectures;
using ModelPack.Models.Checkpoints;

namespace ModelPack.Models.Conversion;

/// <summary>A checkpoint's tensors, each of which must be taken once or knowingly dropped.</summary>
/// <param name="tensors">By name.</param>
internal sealed class ConversionSources(IReadOnlyDictionary<string, CheckpointTensor> tensors)
{
    private const int NamesShown = 20;

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _missing = [];
    private readonly List<DroppedTensor> _dropped = [];
    private string? _wrongShape;

    /// <summary>Tensors left out, by name.</summary>
    public IReadOnlyList<DroppedTensor> Dropped => _dropped;

    /// <summary>Whether the checkpoint has a tensor of this name.</summary>
    public bool Has(string? name) => name is not null && tensors.ContainsKey(name);

    /// <summary>Takes a tensor; one that is missing or has another shape is remembered for <see cref="ThrowIfWrong"/>.</summary>
    /// <param name="name">Name on the hub.</param>
    /// <param name="shape">Row-major shape that the config asks for.</param>
    /// <param name="keys">The config keys behind the shape.</param>
    /// <returns>Null when it cannot be used.</returns>
    public CheckpointTensor? Take(string name, ReadOnlySpan<long> shape, string keys)
    {
        _used.Add(name);
        if (!tensors.TryGetValue(name, out CheckpointTensor? tensor))
        {
            _missing.Add(name);
            return null;
        }

        if (tensor.Shape.SequenceEqual(shape.ToArray()))
        {
            return tensor;
        }

        _wrongShape ??= $"{name}: shape {Spelling.Shape(tensor.Shape)}; expected {Spelling.Shape(shape.ToArray())} "
            + $"from {keys} in config.json";
        return null;
    }

    /// <summary>Drops all tensors, not taken so far, for which there is a reason.</summary>
    /// <param name="reason">From a name to the reason, or null to keep it.</param>
    public void Drop(Func<string, string?> reason)
    {
        foreach (string name in tensors.Keys.Where(n => !_used.Contains(n)).Order(StringComparer.Ordinal))
        {
            if (reason(name) is { } why)
            {
                _used.Add(name);
                _dropped.Add(new(name, why));
            }
        }
    }

    /// <summary>Ends the accounting: nothing may be missing, left over or of another shape.</summary>
    /// <param name="architecture">For the message.</param>
    /// <exception cref="InvalidCheckpointException">Names up to 20 tensors of each kind of fault, and their number.</exception>
    public void ThrowIfWrong(Architecture architecture)
    {
        List<string> faults = [];
        if (_missing.Count > 0)
        {
            faults.Add($"{Tensors(_missing.Count)} missing that config.json asks for: {Spelling.Some(_missing, NamesShown)}");
        }

        List<string> left = [.. tensors.Keys.Where(n => !_used.Contains(n)).Order(StringComparer.Ordinal)];
        if (left.Count > 0)
        {
            faults.Add($"{Tensors(left.Count)} left over that {architecture.HuggingFaceNames[0]} has no place for: "
                + Spelling.Some(left, NamesShown));
        }

        if (_wrongShape is not null && faults.Count == 0)
        {
            faults.Add(_wrongShape);
        }

        if (faults.Count > 0)
        {
            throw new InvalidCheckpointException(string.Join("; ", faults));
        }
    }

    private static string Tensors(int count) =>
        count == 1 ? "1 tensor" : string.Create(CultureInfo.InvariantCulture, $"{count} tensors");
}
