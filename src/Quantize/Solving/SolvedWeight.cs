namespace ModelPack.Quantize.Solving;

/// <summary>A weight as it is stored, and how well.</summary>
public sealed record SolvedWeight
{
    /// <summary>As in the task.</summary>
    public required string Name { get; init; }

    /// <summary>Codes of all rows; whole blocks where scales are stored among codes.</summary>
    public required byte[] Values { get; init; }

    /// <summary>Scales that are stored apart.</summary>
    public required byte[] Scales { get; init; }

    /// <summary>Zero points.</summary>
    public required byte[] Zeros { get; init; }

    /// <summary>The weights that a reader sees, row-major.</summary>
    public required float[] Decoded { get; init; }

    /// <summary>How codes were chosen in the end.</summary>
    public required SolveMethod Method { get; init; }

    /// <summary>Why not as asked for.</summary>
    public SolveFallback Fallback { get; init; }

    /// <summary>Whether the weight is worse off than asked for.</summary>
    public bool FellBack => Fallback is SolveFallback.NoRows or SolveFallback.NotPositive or SolveFallback.NoHessian;

    /// <summary>Share of the own rows in the Hessian.</summary>
    public double Lambda { get; init; }

    /// <summary>Own rows.</summary>
    public long Tokens { get; init; }

    /// <summary>Damping that was needed, as a share of the mean diagonal; 0 without a factor.</summary>
    public double Damping { get; init; }

    /// <summary>
    /// tr(Δ·H·Δᵀ), the mean squared error of the outputs a token, over the own rows, or the prior's where there are none. NaN if not measured.
    /// </summary>
    public double Error { get; init; } = double.NaN;

    /// <summary>tr(W·H·Wᵀ), the mean squared outputs, over the same rows.</summary>
    public double OutputPower { get; init; } = double.NaN;

    /// <summary>Error relative to the outputs; 0 when these are.</summary>
    public double RelativeError => OutputPower == 0 ? 0 : Error / OutputPower;
}
