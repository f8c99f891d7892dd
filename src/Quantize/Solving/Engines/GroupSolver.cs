using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving.Engines;

/// <summary>Solves tasks of inputs of the same width side by side, block of columns after block of columns.</summary>
/// <remarks>
/// The same steps as <see cref="TaskSolver"/>: factor, codes with feedback, comparison with the nearest codes, sweeps. Before a block an
/// engine adds up what the errors of all other blocks do to it; the block itself goes through the same code as on the CPU.
/// </remarks>
internal sealed class GroupSolver : IDisposable
{
    private readonly TaskSetup[] _setups;
    private readonly SolveOptions _options;
    private readonly IHessianGroup _group;
    private readonly CancellationToken _cancel;
    private readonly GramLoans _grams;
    private readonly GroupFactors _factors;
    private readonly List<LaneWeight> _weights = [];
    private readonly int _rows;

    /// <param name="engine">Does products.</param>
    /// <param name="group">Opened for the tasks; not disposed of.</param>
    /// <param name="setups">The tasks, all with feedback, with inputs of one width.</param>
    /// <param name="rows">Rows of a member that the group has room for.</param>
    /// <param name="options">How.</param>
    /// <param name="cancel">Between blocks.</param>
    public GroupSolver(IMatrixEngine engine, IHessianGroup group, TaskSetup[] setups, int rows, SolveOptions options, CancellationToken cancel)
    {
        (_group, _setups, _rows, _options, _cancel) = (group, setups, rows, options, cancel);
        _grams = new(engine);
        _factors = new(group, setups, Threads);
    }

    private int Threads => Math.Max(1, _options.Threads);

    /// <summary>Solves them.</summary>
    /// <returns>In the order of the tasks and of their weights.</returns>
    public IReadOnlyList<IReadOnlyList<SolvedWeight>> Solve()
    {
        Factor();
        Prepare();
        if (_factors.HasFactor.Contains(true))
        {
            Round();
            Compare();
            Sweep();
        }

        return Finish();
    }

    public void Dispose()
    {
        _weights.ForEach(static w => w.Dispose());
        _factors.Dispose();
        _grams.Dispose();
    }

    /// <summary>Sets the Hessians, and factors them.</summary>
    internal GroupFactors Factor()
    {
        for (int m = 0; m < _setups.Length; m++)
        {
            _cancel.ThrowIfCancellationRequested();
            (InputMoments? own, InputMoments? prior) = _setups[m].Hessian.Parts;
            (float ownShare, float priorShare) = _setups[m].Hessian.Shares;
            if (own is null)
            {
                (own, ownShare, prior) = (prior!, priorShare, null);
            }

            _group.SetHessian(m, _grams.Of(own), ownShare, prior is null ? null : _grams.Of(prior), priorShare, _factors.Orders[m]);
        }

        _factors.Factor(_cancel);
        return _factors;
    }

    /// <summary>Chooses scales and the nearest codes.</summary>
    internal void Prepare()
    {
        List<(LaneWeight Weight, int Piece)> pieces = [];
        for (int m = 0; m < _setups.Length; m++)
        {
            float[] importance = _setups[m].Importance();
            int row = 0;
            foreach (SolveWeight weight in _setups[m].Task.Weights)
            {
                LaneWeight lanes = new(weight, new(weight, importance), m, row, _factors.Orders[m]);
                row += LaneWeight.RoomOf(weight.Rows);
                _weights.Add(lanes);
                pieces.AddRange(Enumerable.Range(0, lanes.Rows.Pieces).Select(p => (lanes, p)));
            }
        }

        Work.For(pieces.Count, Threads, i => pieces[i].Weight.Prepare(pieces[i].Piece), _cancel);
    }

    /// <summary>Chooses codes with feedback.</summary>
    internal void Round()
    {
        _group.Errors.Clear();
        for (int block = 0; block < _factors.Blocks; block++)
        {
            Feed(block, LanePass.Choose, static _ => true);
            _group.SetErrors(block);
        }
    }

    /// <summary>
    /// Measures the nearest codes in the same way, until they have the greater error everywhere. Those that end with the lower one are kept.
    /// </summary>
    internal void Compare()
    {
        int block = 0;
        for (; block < _factors.Blocks && _weights.Any(IsOpen); block++)
        {
            Feed(block, LanePass.Measure, IsOpen);
            _group.SetErrors(block);
        }

        foreach (LaneWeight weight in _weights)
        {
            weight.KeepsRounding = IsOpen(weight);
        }

        // The errors of the nearest codes took the place of those that sweeps start from.
        while (--block >= 0 && _options.Sweeps > 0)
        {
            Run(block, LanePass.Restore, static w => !w.KeepsRounding);
            _group.SetErrors(block);
        }
    }

    /// <summary>Visits all codes again, to and fro.</summary>
    internal void Sweep()
    {
        for (int sweep = 0; sweep < _options.Sweeps; sweep++)
        {
            for (int i = 0; i < _factors.Blocks; i++)
            {
                int block = sweep % 2 == 0 ? _factors.Blocks - 1 - i : i;
                _cancel.ThrowIfCancellationRequested();
                _group.Pull(block);
                Run(block, sweep % 2 == 0 ? LanePass.Back : LanePass.Forth, static w => !w.KeepsRounding);
                _group.SetErrors(block);
            }
        }
    }

    /// <summary>Stores codes, and measures.</summary>
    internal IReadOnlyList<IReadOnlyList<SolvedWeight>> Finish()
    {
        (LaneWeight Weight, int Piece)[] pieces =
        [
            .. _weights.Where(w => _factors.HasFactor[w.Member] && !w.KeepsRounding)
                .SelectMany(static w => Enumerable.Range(0, w.Rows.Pieces).Select(p => (w, p))),
        ];
        Work.For(pieces.Length, Threads, i => pieces[i].Weight.Store(pieces[i].Piece), _cancel);
        List<SolvedWeight>[] solved = [.. _setups.Select(static _ => new List<SolvedWeight>())];
        foreach (LaneWeight weight in _weights)
        {
            _cancel.ThrowIfCancellationRequested();
            TaskSetup setup = _setups[weight.Member];
            if (_factors.HasFactor[weight.Member])
            {
                setup.Refit(weight.Rows, Threads, _cancel);
            }

            solved[weight.Member].Add(setup.Finish(weight.Weight, weight.Rows, weight.KeepsRounding, _grams.Power));
        }

        return solved;
    }

    // The nearest codes have not reached the error of those with feedback yet.
    private static bool IsOpen(LaneWeight weight) => !(weight.Nearest.Sum() >= weight.Losses.Sum());

    private void Feed(int block, LanePass pass, Func<LaneWeight, bool> which)
    {
        _cancel.ThrowIfCancellationRequested();
        if (block > 0)
        {
            _group.Feed(block);
        }

        Run(block, pass, which);
    }

    private void Run(int block, LanePass pass, Func<LaneWeight, bool> which)
    {
        (LaneWeight Weight, int First)[] pieces =
        [
            .. _weights.Where(w => _factors.HasFactor[w.Member] && which(w))
                .SelectMany(static w => Enumerable.Range(0, (w.Groups + LaneBlock.Most - 1) / LaneBlock.Most).Select(i => (w, i * LaneBlock.Most))),
        ];
        LaneBlock lanes = new(_group, _factors, _setups, _rows, block, pass);
        Work.For(pieces.Length, Threads, i => lanes.Run(pieces[i].Weight, pieces[i].First), _cancel);
    }
}
