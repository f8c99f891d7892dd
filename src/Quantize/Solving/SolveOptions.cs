using ModelPack.Quantize.Solving.Engines;

namespace ModelPack.Quantize.Solving;

/// <summary>How weights are solved.</summary>
public sealed record SolveOptions
{
    /// <summary>The greatest damping, as a share of the mean diagonal.</summary>
    internal const double MostDamping = 0.25;

    /// <summary>What is wanted.</summary>
    public SolveMethod Method { get; init; } = SolveMethod.Gptq;

    /// <summary>Number of threads; results are the same for any.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// c of λ = N / (N + c·K), the own rows' share of a Hessian, and half of what its diagonal gets beside all rows there are. 0 for own rows
    /// alone, as they are, wherever there are any.
    /// </summary>
    public double Shrinkage { get; init; } = 1;

    /// <summary>Added to the diagonal, as a share of its mean; five times as much, at least, where λ is below a half.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Whether columns with a greater mean square are rounded first; the stored order is the same.</summary>
    public bool ActivationOrder { get; init; } = true;

    /// <summary>How often all codes are visited again, each to become the best beside the others; 0 for GPTQ as published.</summary>
    public int Sweeps { get; init; } = 2;

    /// <summary>Whether scales that are stored as numbers are fitted to the codes at the end.</summary>
    public bool RefitScales { get; init; }

    /// <summary>Whether to compute the error of the outputs.</summary>
    public bool MeasureError { get; init; } = true;

    /// <summary>Bound on the work memory of tasks that are solved at once; one always is. 0 for no bound.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Does the large products of GPTQ; null for the CPU's own kernels. The caller disposes of it.</summary>
    public IMatrixEngine? Engine { get; init; }
}
