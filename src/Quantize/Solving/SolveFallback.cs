namespace ModelPack.Quantize.Solving;

/// <summary>Why a weight was solved in another way than asked for.</summary>
public enum SolveFallback
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>Neither the input nor its prior saw anything but zeros: plain rounding.</summary>
    NoRows,

    /// <summary>The Hessian has no Cholesky factor, however damped: importance.</summary>
    NotPositive,

    /// <summary>Only mean squares were collected: importance.</summary>
    NoHessian,

    /// <summary>The nearest codes have the lower error under the same Hessian and were kept: no failure.</summary>
    RoundingBetter,
}
