using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving;

/// <summary>A Hessian as sweeps over columns need it: coordinate descent on the codes, to and fro.</summary>
/// <param name="Forth">In the order of rounding.</param>
/// <param name="Back">In the reverse of it.</param>
/// <param name="Count">Number of sweeps.</param>
internal sealed record SweepFactors(FeedbackFactor Forth, FeedbackFactor Back, int Count) : IDisposable
{
    /// <summary>Makes them.</summary>
    /// <param name="hessian">The Hessian.</param>
    /// <param name="order">Order of rounding.</param>
    /// <param name="damping">Added to the diagonal.</param>
    /// <param name="count">Number of sweeps.</param>
    /// <param name="threads">Number of threads.</param>
    public static SweepFactors Of(ShrunkHessian hessian, int[] order, float damping, int count, int threads) => new(
        FeedbackFactor.OfMatrix(order, hessian.Row, hessian.Diagonal, damping, threads),
        FeedbackFactor.OfMatrix([.. order.Reverse()], hessian.Row, hessian.Diagonal, damping, threads),
        count);

    public void Dispose()
    {
        Forth.Dispose();
        Back.Dispose();
    }
}
