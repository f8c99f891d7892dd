using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving;

/// <summary>The rules of solving a task that do not depend on who computes: which method is possible, order, damping, what is reported.</summary>
internal sealed class TaskSetup
{
    private readonly SolveOptions _options;

    public TaskSetup(SolveTask task, SolveOptions options)
    {
        (Task, _options) = (task, options);
        int columns = task.Own?.Columns ?? task.Prior?.Columns ?? task.Weights[0].Grid.Columns;
        Hessian = new(columns, task.Own, task.Prior, options.Shrinkage);
        (Method, Fallback) = options.Method == SolveMethod.Rtn ? (SolveMethod.Rtn, SolveFallback.None)
            : !(Hessian.Trace > 0) ? (SolveMethod.Rtn, SolveFallback.NoRows)
            : options.Method == SolveMethod.Gptq && !Hessian.IsWhole ? (SolveMethod.Importance, SolveFallback.NoHessian)
            : (options.Method, SolveFallback.None);
    }

    /// <summary>What is solved.</summary>
    public SolveTask Task { get; }

    /// <summary>Of its input.</summary>
    public ShrunkHessian Hessian { get; }

    /// <summary>How codes are chosen.</summary>
    public SolveMethod Method { get; private set; }

    /// <summary>Why not as asked for.</summary>
    public SolveFallback Fallback { get; private set; }

    /// <summary>Damping of the factor, as a share of the mean diagonal; 0 without one.</summary>
    public double Damping { get; set; }

    /// <summary>What is added to the diagonal.</summary>
    public float AddedDiagonal => (float)(Damping * Hessian.Trace / Hessian.Columns);

    /// <summary>Dampings to try until there is a factor: four times as much each time.</summary>
    public IEnumerable<double> Dampings()
    {
        double damping = Math.Max(_options.Damping, Hessian.Lambda < 0.5 ? 5 * 0.01 : 0);
        while (true)
        {
            damping = Math.Min(damping, SolveOptions.MostDamping);
            yield return damping;
            if (damping >= SolveOptions.MostDamping)
            {
                yield break;
            }

            damping = Math.Max(4 * damping, SolveOptions.MostDamping / 64);
        }
    }

    /// <summary>What a damping adds to the diagonal.</summary>
    public float AddedBy(double damping) => (float)(damping * (Hessian.Trace / Hessian.Columns));

    /// <summary>No damping gave a factor.</summary>
    public void GiveUp() => (Method, Fallback, Damping) = (SolveMethod.Importance, SolveFallback.NotPositive, 0);

    /// <summary>Columns in the order in which they are rounded.</summary>
    public int[] Order() => _options.ActivationOrder ? Hessian.ActivationOrder() : [.. Enumerable.Range(0, Hessian.Columns)];

    /// <summary>
    /// The Hessian's diagonal times a power of two that brings its mean near one: no search under- or overflows, nor changes. Empty where
    /// every weight counts the same.
    /// </summary>
    public float[] Importance()
    {
        if (Method == SolveMethod.Rtn)
        {
            return [];
        }

        double scale = Math.ScaleB(1, -Math.ILogB(Hessian.Trace / Hessian.Columns));
        return [.. Hessian.Diagonal.Select(d => (float)(d * scale))];
    }

    /// <summary>Fits scales to the codes at the end, where that was asked for and the grid allows it.</summary>
    public void Refit(WeightRows rows, int threads, CancellationToken cancel)
    {
        if (_options.RefitScales && rows.Grid.HasFreeSteps)
        {
            using ScaleRefit refit = new(Hessian.Columns, rows.Grid.Layout.Run, Hessian.Row, threads);
            rows.Refit(refit, threads, cancel);
        }
    }

    /// <summary>A weight as it is stored now.</summary>
    /// <param name="weight">What was asked for.</param>
    /// <param name="rows">What became of it.</param>
    /// <param name="keptRounding">Whether the nearest codes were better than those with feedback.</param>
    /// <param name="power">tr(A·G·Aᵀ) of moments over their rows, for A = weights less what is subtracted.</param>
    public SolvedWeight Finish(SolveWeight weight, WeightRows rows, bool keptRounding, OutputPower power)
    {
        SolvedWeight solved = new()
        {
            Name = weight.Name,
            Values = rows.Values,
            Scales = rows.Scales,
            Zeros = rows.Zeros,
            Decoded = rows.Decoded,
            Method = keptRounding ? SolveMethod.Importance : Method,
            Fallback = keptRounding ? SolveFallback.RoundingBetter : Fallback,
            Lambda = Hessian.Lambda,
            Tokens = Task.Own?.Rows ?? 0,
            Damping = Damping,
        };
        InputMoments? seen = Task.Own is { Rows: > 0 } ? Task.Own : Task.Prior;
        if (!_options.MeasureError || seen is null || seen.Rows == 0)
        {
            return solved;
        }

        if (seen.HasGram)
        {
            return solved with { Error = power(seen, weight.Values.Span, solved.Decoded), OutputPower = power(seen, weight.Values.Span, []) };
        }

        float[] diagonal = [.. seen.SquareSums.ToArray().Select(s => (float)(s / seen.Rows))];
        return solved with
        {
            Error = OutputError.OfDiagonal(diagonal, weight.Values.Span, solved.Decoded),
            OutputPower = OutputError.OfDiagonal(diagonal, weight.Values.Span, []),
        };
    }

    /// <summary>tr(A·G·Aᵀ) over the rows of moments.</summary>
    internal delegate double OutputPower(InputMoments moments, ReadOnlySpan<float> weights, ReadOnlySpan<float> subtract);
}
