namespace ModelPack.Quantize.Kernels;

/// <summary>How ggml looks for the scale and minimum of a run of weights: x ≈ scale · level − minimum.</summary>
/// <param name="Weights">Weights in the run.</param>
/// <param name="Top">The largest level; the smallest is 0.</param>
/// <param name="First">The first try stretches the levels over <c>Top + First</c> steps of the run's range.</param>
/// <param name="Step">Growth of that number from try to try.</param>
/// <param name="LastStep">Number of the last try, counted from 0.</param>
/// <param name="Absolute">The error is Σ w·|d|, not Σ w·d².</param>
/// <remarks>
/// Source: ggml v0.5.0, ggml-quants.c: make_qkx2_quants and make_qkx3_quants, which for finite weights are one. Later
/// sources of the latter cut wild quotients off before rounding; v0.5.0 rounds them as <see cref="Rounding.Nearest(float)"/> says.
/// </remarks>
internal readonly record struct AffineSearch(
    int Weights, int Top, float First, float Step, int LastStep, bool Absolute = false)
{
    /// <summary>Level steps that try number <paramref name="step"/> puts into the range of the run.</summary>
    public float StepsOf(int step) => First + (Step * step) + Top;
}
