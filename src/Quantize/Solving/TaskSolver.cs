using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving;

/// <summary>Solves the weights of one input.</summary>
internal sealed class TaskSolver(SolveTask task, SolveOptions options, CancellationToken cancel)
{
    private readonly ShrunkHessian _hessian = new(task.Weights[0].Grid.Columns, task.Own, task.Prior, options.Shrinkage);

    /// <summary>Solves them.</summary>
    public IReadOnlyList<SolvedWeight> Solve()
    {
        (SolveMethod method, SolveFallback fallback) = Possible();
        double damping = 0;
        using FeedbackFactor? factor = method == SolveMethod.Gptq ? Factor(out damping) : null;
        if (method == SolveMethod.Gptq && factor is null)
        {
            (method, fallback) = (SolveMethod.Importance, SolveFallback.NotPositive);
        }

        float[] importance = method == SolveMethod.Rtn ? [] : Importance();
        return [.. task.Weights.Select(weight => Solve(weight, importance, factor) with
        {
            Lambda = _hessian.Lambda,
            Tokens = task.Own?.Rows ?? 0,
            Damping = factor is null ? 0 : damping,
        }).Select(s => s.Fallback == SolveFallback.None ? s with { Method = method, Fallback = fallback } : s)];
    }

    private (SolveMethod Method, SolveFallback Fallback) Possible() =>
        options.Method == SolveMethod.Rtn ? (SolveMethod.Rtn, SolveFallback.None)
        : !(_hessian.Trace > 0) ? (SolveMethod.Rtn, SolveFallback.NoRows)
        : options.Method == SolveMethod.Gptq && !_hessian.IsWhole ? (SolveMethod.Importance, SolveFallback.NoHessian)
        : (options.Method, SolveFallback.None);

    /// <summary>Damps until there is a factor: four times as much each time.</summary>
    private FeedbackFactor? Factor(out double damping)
    {
        int[] order = options.ActivationOrder ? _hessian.ActivationOrder() : [.. Enumerable.Range(0, _hessian.Columns)];
        double mean = _hessian.Trace / _hessian.Columns;
        damping = Math.Max(options.Damping, _hessian.Lambda < 0.5 ? 5 * 0.01 : 0);
        while (true)
        {
            damping = Math.Min(damping, SolveOptions.MostDamping);
            FeedbackFactor? factor = FeedbackFactor.Of(order, _hessian.Row, (float)(damping * mean), options.Threads, cancel);
            if (factor is not null || damping >= SolveOptions.MostDamping)
            {
                return factor;
            }

            damping = Math.Max(4 * damping, SolveOptions.MostDamping / 64);
        }
    }

    /// <summary>The Hessian's diagonal times a power of two that brings its mean near one: no search under- or overflows, nor changes.</summary>
    private float[] Importance()
    {
        double scale = Math.ScaleB(1, -Math.ILogB(_hessian.Trace / _hessian.Columns));
        return [.. _hessian.Diagonal.Select(d => (float)(d * scale))];
    }

    private SolvedWeight Solve(SolveWeight weight, float[] importance, FeedbackFactor? factor)
    {
        WeightRows rows = new(weight, importance);
        SolveFallback fallback = SolveFallback.None;
        if (factor is null)
        {
            rows.Encode(options.Threads, cancel);
        }
        else
        {
            using FeedbackSolver solver = new(rows, factor, options.Threads, cancel);
            if (!solver.IsBest(solver.Choose()))
            {
                rows.Encode(options.Threads, cancel);
                fallback = SolveFallback.RoundingBetter;
            }
        }

        if (factor is not null && options.RefitScales && weight.Grid.HasFreeSteps)
        {
            using ScaleRefit refit = new(_hessian.Columns, weight.Grid.Layout.Run, _hessian.Row, options.Threads);
            rows.Refit(refit, options.Threads, cancel);
        }

        SolvedWeight solved = new()
        {
            Name = weight.Name,
            Values = rows.Values,
            Scales = rows.Scales,
            Zeros = rows.Zeros,
            Decoded = rows.Decoded,
            Method = SolveMethod.Importance,
            Fallback = fallback,
        };
        return options.MeasureError ? Measure(solved, weight) : solved;
    }

    private SolvedWeight Measure(SolvedWeight solved, SolveWeight weight)
    {
        InputMoments? seen = task.Own is { Rows: > 0 } ? task.Own : task.Prior;
        if (seen is null || seen.Rows == 0)
        {
            return solved;
        }

        if (seen.HasGram)
        {
            return solved with
            {
                Error = OutputError.Of(seen, weight.Values.Span, solved.Decoded, options.Threads),
                OutputPower = OutputError.Of(seen, weight.Values.Span, [], options.Threads),
            };
        }

        float[] diagonal = [.. seen.SquareSums.ToArray().Select(s => (float)(s / seen.Rows))];
        return solved with
        {
            Error = OutputError.OfDiagonal(diagonal, weight.Values.Span, solved.Decoded),
            OutputPower = OutputError.OfDiagonal(diagonal, weight.Values.Span, []),
        };
    }
}
