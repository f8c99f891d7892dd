using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Tells of a row of an output tensor which weight of the model it is a row of, through all views between them.</summary>
internal sealed class RoleRows
{
    private readonly Dictionary<TensorSource, List<Run>> _runs = new(ReferenceEqualityComparer.Instance);

    /// <param name="weights">The model; the output's sources must be views of the same stored tensors.</param>
    public RoleRows(ModelWeights weights)
    {
        foreach ((TensorRole role, TensorSource source) in weights.Tensors)
        {
            // A role that is no run of stored rows (none is, on hubs) is one that no output row leads to.
            if (source.Rows > 0 && source.Origin(0) is { } first && source.Origin(source.Rows - 1) is { } last
                && ReferenceEquals(first.Source, last.Source) && last.Row - first.Row == source.Rows - 1)
            {
                (_runs.TryGetValue(first.Source, out List<Run>? runs) ? runs : _runs[first.Source] = []).Add(new(first.Row, source.Rows, role));
            }
        }

        foreach (List<Run> runs in _runs.Values)
        {
            runs.Sort(static (a, b) => a.First.CompareTo(b.First));
        }
    }

    /// <summary>The weight and the row in it; null for a row that is none of a weight: a transposed one, a computed one.</summary>
    /// <param name="source">An output tensor's rows.</param>
    /// <param name="row">Index of a row.</param>
    public (TensorRole Role, long Row)? Find(TensorSource source, long row)
    {
        if (source.Origin(row) is not { } origin || !_runs.TryGetValue(origin.Source, out List<Run>? runs))
        {
            return null;
        }

        int low = 0;
        for (int high = runs.Count - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = runs[middle].First <= origin.Row ? (middle, high) : (low, middle - 1);
        }

        long within = origin.Row - runs[low].First;
        return within >= 0 && within < runs[low].Rows ? (runs[low].Role, within) : null;
    }

    private readonly record struct Run(long First, long Rows, TensorRole Role);
}
