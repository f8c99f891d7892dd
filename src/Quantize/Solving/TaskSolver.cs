using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving;

/// <summary>Solves the weights of one input on the CPU.</summary>
internal sealed class TaskSolver(TaskSetup setup, SolveOptions options, CancellationToken cancel)
{
    /// <summary>Solves them.</summary>
    public IReadOnlyList<SolvedWeight> Solve()
    {
        using FeedbackFactor? factor = setup.Method == SolveMethod.Gptq ? DampedFactor.Of(setup, options.Threads, cancel) : null;
        using SweepFactors? sweeps = factor is null || options.Sweeps <= 0 ? null
            : SweepFactors.Of(setup.Hessian, factor.Order, setup.AddedDiagonal, options.Sweeps, options.Threads);
        float[] importance = setup.Importance();
        return [.. setup.Task.Weights.Select(weight => Solve(weight, importance, factor, sweeps))];
    }

    private SolvedWeight Solve(SolveWeight weight, float[] importance, FeedbackFactor? factor, SweepFactors? sweeps)
    {
        WeightRows rows = new(weight, importance);
        bool keptRounding = false;
        if (factor is null)
        {
            rows.Encode(options.Threads, cancel);
        }
        else
        {
            using FeedbackSolver solver = new(rows, factor, sweeps, options.Threads, cancel);
            if (solver.IsBest(solver.Choose()))
            {
                solver.Sweep();
            }
            else
            {
                rows.Encode(options.Threads, cancel);
                keptRounding = true;
            }

            setup.Refit(rows, options.Threads, cancel);
        }

        return setup.Finish(weight, rows, keptRounding, (moments, a, subtract) => OutputError.Of(moments, a, subtract, options.Threads));
    }
}
