using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Tells of a row of an output tensor which weight of the model it is a row of, through all views between them.</summary>
internal sealed class RoleRows
{
    private readonly Dictionary<TensorSource, List<Run>> _runs = [];

    /// <param name="weights">The model; the output's sources must be views of the same stored tensors.</param>
    public RoleRows(ModelWeights weights)
    {
        foreach ((TensorRole role, TensorSource source) in weights.Tensors)
        {
            Add(role, source);
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

        // The last run that starts at or before the row.
        int low = 0;
        for (int high = runs.Count - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = runs[middle].First <= origin.Row ? (middle, high) : (low, middle - 1);
        }

        long within = origin.Row - runs[low].First;
        return within >= 0 && within < runs[low].Rows ? (runs[low].Role, runs[low].RoleRow + within) : null;
    }

    // On hubs a weight is one run of stored rows; in GGUF, queries and keys are many, as their rows are reordered.
    private void Add(TensorRole role, TensorSource source)
    {
        Run run = default;
        TensorSource? stored = null;
        for (long row = 0; row < source.Rows; row++)
        {
            if (source.Origin(row) is not { } origin)
            {
                continue;
            }

            if (stored is not null && stored.Equals(origin.Source) && origin.Row == run.First + run.Rows && row == run.RoleRow + run.Rows)
            {
                run = run with { Rows = run.Rows + 1 };
                continue;
            }

            Close();
            (stored, run) = (origin.Source, new(origin.Row, 1, role, row));
        }

        Close();

        void Close()
        {
            if (stored is not null)
            {
                (_runs.TryGetValue(stored, out List<Run>? runs) ? runs : _runs[stored] = []).Add(run);
            }
        }
    }

    private readonly record struct Run(long First, long Rows, TensorRole Role, long RoleRow);
}
