using System.Runtime.ExceptionServices;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>Independent pieces of work on several threads.</summary>
internal static class Work
{
    /// <summary>Does pieces 0 … count−1, in any order.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="threads">Greatest number of threads.</param>
    /// <param name="piece">Does one; pieces must not write what another reads or writes.</param>
    /// <param name="cancel">Between pieces.</param>
    public static void For(int count, int threads, Action<int> piece, CancellationToken cancel = default)
    {
        if (threads <= 1 || count <= 1)
        {
            for (int i = 0; i < count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                piece(i);
            }

            return;
        }

        int next = -1;
        try
        {
            Parallel.For(
                0,
                Math.Min(threads, count),
                new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel },
                _ =>
                {
                    for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
                    {
                        cancel.ThrowIfCancellationRequested();
                        piece(i);
                    }
                });
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.InnerExceptions[0]);
        }
    }
}
