using ModelPack.Quantize.Kernels;
using ModelPack.Quantize.Kernels.Matrices;
using ModelPack.Quantize.Solving.Engines;

namespace ModelPack.Quantize.Solving;

/// <summary>Chooses scales and codes of weights, given what enters them.</summary>
/// <remarks>
/// GPTQ (Frantar et al., 2022) with static scales and activation order, on Hessians that are drawn towards a prior where tokens are few,
/// then coordinate descent on the codes; never with a greater error under that Hessian than rounding by importance has.
/// </remarks>
public static class Solver
{
    /// <summary>Solves the weights of one input.</summary>
    /// <returns>In the order of the task's weights.</returns>
    /// <exception cref="Models.ModelPackException">A weight is not finite.</exception>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static IReadOnlyList<SolvedWeight> Solve(SolveTask task, SolveOptions options, CancellationToken cancel = default) =>
        SolveGroup([task], options, cancel)[0];

    /// <summary>Solves inputs side by side, such as the experts of a layer.</summary>
    /// <returns>In the order of the tasks, and of their weights.</returns>
    /// <exception cref="Models.ModelPackException">A weight is not finite.</exception>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static IReadOnlyList<IReadOnlyList<SolvedWeight>> SolveGroup(
        IReadOnlyList<SolveTask> tasks, SolveOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(options);
        foreach (SolveTask task in tasks)
        {
            Check(task);
        }

        TaskSetup[] setups = [.. tasks.Select(t => new TaskSetup(t, options))];
        IReadOnlyList<SolvedWeight>[] solved = new IReadOnlyList<SolvedWeight>[tasks.Count];
        int[] left = options.Engine is { } engine
            ? new EngineSolver(engine, options, cancel).Solve(setups, solved)
            : [.. Enumerable.Range(0, tasks.Count)];
        int threads = Math.Max(1, options.Threads);
        long bytes = left.Length == 0 ? 1 : left.Max(i => WorkBytes(setups[i].Hessian.Columns, options with { Threads = 1 }));
        int side = (int)Math.Clamp(options.MemoryBytes <= 0 ? threads : options.MemoryBytes / bytes, 1, Math.Min(threads, Math.Max(1, left.Length)));
        SolveOptions each = options with { Threads = threads / side };
        Work.For(left.Length, side, i => solved[left[i]] = new TaskSolver(setups[left[i]], each, cancel).Solve(), cancel);
        return solved;
    }

    /// <summary>Peak work memory of one task; moments, weights and results are not counted.</summary>
    /// <param name="columns">Length of a row.</param>
    /// <param name="options">Method and threads.</param>
    public static long WorkBytes(int columns, SolveOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long rounding = FeedbackRows.BytesOf(columns, (columns + 15) / 16) + (FeedbackRows.Most * 13L * columns);
        long factor = options.Method != SolveMethod.Gptq ? 0
            : FeedbackFactor.BytesOf(columns) + Math.Max(FeedbackFactor.WorkBytes(columns), options.Sweeps > 0 ? 2 * FeedbackFactor.BytesOf(columns) : 0);
        long refit = options.Method == SolveMethod.Gptq && options.RefitScales ? ScaleRefit.BytesOf(columns) : 0;
        return factor + refit + Math.Max(options.Threads * rounding, OutputError.WorkBytes(columns));
    }

    private static void Check(SolveTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Weights.Count == 0)
        {
            throw new ArgumentException("A task has no weights.", nameof(task));
        }

        int columns = task.Weights[0].Grid.Columns;
        foreach (InputMoments? moments in (InputMoments?[])[task.Own, task.Prior])
        {
            if (moments is not null && moments.Columns != columns)
            {
                throw SolvingFaults.WrongColumns("moments", moments.Columns, columns);
            }
        }

        foreach (SolveWeight weight in task.Weights)
        {
            if (weight.Grid.Columns != columns)
            {
                throw SolvingFaults.WrongColumns(weight.Name, weight.Grid.Columns, columns);
            }

            if (weight.Values.Length != (long)weight.Rows * columns)
            {
                throw SolvingFaults.WrongLength(weight.Name, weight.Values.Length, (long)weight.Rows * columns);
            }

            int bad = FiniteScan.IndexOfNonFinite(weight.Values.Span);
            if (bad >= 0)
            {
                throw SolvingFaults.NotFinite(weight.Name, bad);
            }
        }
    }
}
