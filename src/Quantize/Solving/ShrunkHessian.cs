using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Solving;

/// <summary>
/// The mean of xxᵀ over the rows of an input, drawn towards a prior where rows are few:
/// H̃ = λ·H + (1−λ)·(tr H / tr H̄)·H̄ with λ = N / (N + c·K). Without rows it is the prior, never the identity.
/// </summary>
/// <remarks>
/// Products of two columns are then drawn towards zero by R / (R + c·K/2), where R counts the rows of both: without a prior, or with a few
/// near misses for one, a Hessian of fewer rows than columns is mostly noise, and its diagonal is the part that can be trusted.
/// </remarks>
internal sealed class ShrunkHessian
{
    private readonly InputMoments? _own;
    private readonly InputMoments? _prior;
    private readonly float _ownFactor;
    private readonly float _priorFactor;
    private readonly float _offDiagonal = 1;

    /// <param name="columns">Length of a row.</param>
    /// <param name="own">The rows that enter; null for none.</param>
    /// <param name="prior">Rows like them; null for none.</param>
    /// <param name="shrinkage">c; 0 to take the own rows as they are wherever there are any.</param>
    public ShrunkHessian(int columns, InputMoments? own, InputMoments? prior, double shrinkage)
    {
        double ownPower = own?.Power ?? 0;
        double priorPower = prior?.Power ?? 0;
        long tokens = own?.Rows ?? 0;
        bool useOwn = ownPower > 0;
        bool usePrior = priorPower > 0 && !(useOwn && shrinkage <= 0);
        Columns = columns;
        Lambda = !useOwn ? 0 : tokens / (tokens + (shrinkage * columns));
        (_own, _prior) = (useOwn ? own : null, usePrior ? prior : null);
        double match = useOwn && usePrior ? ownPower / priorPower : 1;
        _ownFactor = !useOwn ? 0 : (float)((usePrior ? Lambda : 1) / tokens);
        double rows = (useOwn ? tokens : 0) + (usePrior ? prior!.Rows : 0);
        _offDiagonal = rows == 0 ? 1 : (float)(rows / (rows + (shrinkage * columns / 2)));
        _priorFactor = usePrior ? (float)((1 - Lambda) * match / prior!.Rows) : 0;
        Diagonal = new float[columns];
        for (int i = 0; i < columns; i++)
        {
            Diagonal[i] = (float)(((_own?.SquareSums[i] ?? 0) * _ownFactor) + ((_prior?.SquareSums[i] ?? 0) * _priorFactor));
            Trace += Diagonal[i];
        }
    }

    /// <summary>K.</summary>
    public int Columns { get; }

    /// <summary>Share of the own rows.</summary>
    public double Lambda { get; }

    /// <summary>Mean squares: how much an error in each column counts.</summary>
    public float[] Diagonal { get; }

    /// <summary>Sum of the diagonal; 0 when nothing was seen.</summary>
    public double Trace { get; }

    /// <summary>Whether all of it is known, not just the diagonal.</summary>
    public bool IsWhole => _own is not { HasGram: false } && _prior is not { HasGram: false };

    /// <summary>Moments that it is made of; null for those that are left out. At least one is there when anything was seen.</summary>
    public (InputMoments? Own, InputMoments? Prior) Parts => (_own, _prior);

    /// <summary>What sums of products are multiplied with, between two columns.</summary>
    public (float Own, float Prior) Shares => (_ownFactor * _offDiagonal, _priorFactor * _offDiagonal);

    /// <summary>A row of the matrix.</summary>
    public void Row(int row, Span<float> target)
    {
        ReadOnlySpan<float> own = _own is null ? [] : _own.GramRow(row);
        ReadOnlySpan<float> prior = _prior is null ? [] : _prior.GramRow(row);
        ReadOnlySpan<float> some = own.IsEmpty ? prior : own;
        VectorSums.Combine(target, _ownFactor * _offDiagonal, own.IsEmpty ? some : own, _priorFactor * _offDiagonal, prior.IsEmpty ? some : prior);
        target[row] /= _offDiagonal;
    }

    /// <summary>Columns with the greatest mean square first, equal ones as they are.</summary>
    public int[] ActivationOrder()
    {
        int[] order = [.. Enumerable.Range(0, Columns)];
        Array.Sort(order, (a, b) => Diagonal[a] != Diagonal[b] ? Diagonal[b].CompareTo(Diagonal[a]) : a.CompareTo(b));
        return order;
    }
}
