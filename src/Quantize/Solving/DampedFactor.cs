using ModelPack.Quantize.Kernels.Matrices;

namespace ModelPack.Quantize.Solving;

/// <summary>A factor of a task's Hessian, with as little damping as it takes.</summary>
internal static class DampedFactor
{
    /// <summary>Factors on the CPU, and notes the damping.</summary>
    /// <param name="setup">Its Hessian is whole, and not zero.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="cancel">Between blocks.</param>
    /// <returns>Null when no damping that is allowed makes the Hessian positive definite; the setup has given up then.</returns>
    public static FeedbackFactor? Of(TaskSetup setup, int threads, CancellationToken cancel)
    {
        int[] order = setup.Order();
        foreach (double damping in setup.Dampings())
        {
            if (FeedbackFactor.Of(order, setup.Hessian.Row, setup.AddedBy(damping), threads, cancel) is { } factor)
            {
                setup.Damping = damping;
                return factor;
            }
        }

        setup.GiveUp();
        return null;
    }
}
