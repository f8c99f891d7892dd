using System.Collections;

namespace ModelPack.Quantize.Streaming;

/// <summary>What is done, what is next, and what came out: shared by the workers of a run.</summary>
internal sealed class RunState
{
    private readonly Lock _gate = new();
    private readonly StreamPlan _plan;
    private readonly SliceGrid _grid;
    private readonly BitArray _doneBefore;
    private readonly int[] _missing;
    private readonly IProgress<QuantizeProgress>? _progress;
    private readonly ErrorMeter? _errors;
    private readonly long _bytesTotal;
    private readonly long _bytesResumed;
    private List<int> _unsecured = [];
    private long _weightsDone;
    private long _bytesDone;
    private int _next;
    private int _complete;

    /// <param name="plan">What is run.</param>
    /// <param name="grid">Its slices.</param>
    /// <param name="doneBefore">Slices of an earlier run.</param>
    /// <param name="measures">Whether errors are added up.</param>
    /// <param name="progress">Hears of every slice.</param>
    public RunState(
        StreamPlan plan,
        SliceGrid grid,
        IReadOnlyList<SliceRange> doneBefore,
        bool measures,
        IProgress<QuantizeProgress>? progress)
    {
        (_plan, _grid, _progress) = (plan, grid, progress);
        _errors = measures ? new(grid, plan.Tensors.Count) : null;
        _bytesTotal = plan.Tensors.Sum(static t => t.Weights.Rows * RowBytes(t));
        _missing = [.. Enumerable.Range(0, plan.Tensors.Count).Select(grid.CountOf)];
        _doneBefore = new BitArray(grid.Count);
        foreach (SliceRange range in doneBefore)
        {
            for (int i = range.First; i <= range.Last; i++)
            {
                if (!_doneBefore[i])
                {
                    _doneBefore[i] = true;
                    Count(grid[i]);
                }
            }
        }

        (ResumedWeights, _bytesResumed) = (_weightsDone, _bytesDone);
    }

    /// <summary>Weights of an earlier run.</summary>
    public long ResumedWeights { get; }

    /// <summary>Number of tensors, from the first on, of which all slices are written.</summary>
    public int CompleteTensors
    {
        get
        {
            lock (_gate)
            {
                while (_complete < _missing.Length && _missing[_complete] == 0)
                {
                    _complete++;
                }

                return _complete;
            }
        }
    }

    /// <summary>Gives the next slice to a worker, in the order of the file; false when none is left.</summary>
    public bool TryTake(out Slice slice)
    {
        lock (_gate)
        {
            while (_next < _grid.Count && _doneBefore[_next])
            {
                _next++;
            }

            slice = _next < _grid.Count ? _grid[_next] : default;
            return _next++ < _grid.Count;
        }
    }

    /// <summary>Counts a slice whose bytes are written.</summary>
    public void Complete(Slice slice, SquaredError error)
    {
        lock (_gate)
        {
            _unsecured.Add(slice.Index);
            _errors?.Add(slice, error);
            Count(slice);
            _progress?.Report(
                new(_weightsDone, _plan.Weights, _bytesDone, _bytesTotal, _bytesResumed, _plan.Tensors[slice.Tensor].Name));
        }
    }

    /// <summary>Slices that were completed since the last call.</summary>
    public IReadOnlyList<int> TakeUnsecured()
    {
        lock (_gate)
        {
            List<int> slices = _unsecured;
            _unsecured = [];
            return slices;
        }
    }

    /// <summary>The error of each tensor; null unless it was measured and all of its slices ran now.</summary>
    public IReadOnlyList<SquaredError?> Errors() => [.. _plan.Tensors.Select((_, i) => _errors?.Of(i))];

    private static long RowBytes(IStreamedTensor tensor) => tensor.Ranges.Sum(static r => (long)r.RowBytes);

    private void Count(Slice slice)
    {
        IStreamedTensor tensor = _plan.Tensors[slice.Tensor];
        _missing[slice.Tensor]--;
        _weightsDone += (long)slice.Rows * tensor.Weights.Columns;
        _bytesDone += slice.Rows * RowBytes(tensor);
    }
}
