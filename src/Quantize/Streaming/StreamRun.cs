using System.Runtime.ExceptionServices;
using ModelPack.Models;

namespace ModelPack.Quantize.Streaming;

/// <summary>The engine: workers that read, encode and write the slices of a plan, and the notes of what is safe on disk.</summary>
internal static class StreamRun
{
    /// <summary>Writes the files of a plan.</summary>
    /// <param name="plan">What to write.</param>
    /// <param name="options">Threads, memory, resume, overwrite.</param>
    /// <param name="follow">
    /// Reads what is written while the run goes on; is told how many tensors, from the first on, are complete. Null for nothing.
    /// </param>
    /// <param name="complete">Adds what is left to the partial output, once all slices are written; null for nothing.</param>
    /// <param name="progress">Hears of every slice.</param>
    /// <param name="cancel">Stops at the next slice.</param>
    /// <exception cref="ModelPackException">As for <see cref="StreamingQuantizer.RunAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<StreamOutcome> RunAsync(
        StreamPlan plan,
        StreamingOptions options,
        Func<Func<int>, CancellationToken, Task>? follow,
        Func<CancellationToken, Task>? complete,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        OutputChecks.Run(plan, options.Overwrite);
        SliceGrid grid = new(plan.Tensors);
        using OutputSet output = OutputSet.Open(plan, grid.Count, options.Resume, out IReadOnlyList<SliceRange> done);
        RunState state = new(plan, grid, done, options.MeasureError, progress);
        SliceWorker worker = new(plan, options, output, state);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task following = follow is null ? Task.CompletedTask : Task.Run(() => follow(() => state.CompleteTensors, stop.Token), CancellationToken.None);
        try
        {
            await RunWorkersAsync(worker, output, state, options, cancel).ConfigureAwait(false);
            await following.ConfigureAwait(false);
            if (complete is not null)
            {
                await complete(cancel).ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            SecureWhatIsDone(output, state);
            throw;
        }

        output.Finish(options.Overwrite);
        return new(state.ResumedWeights, state.Errors());
    }

    private static async Task RunWorkersAsync(
        SliceWorker worker, OutputSet output, RunState state, StreamingOptions options, CancellationToken cancel)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using CancellationTokenSource finished = new();
        ExceptionDispatchInfo? fault = null;
        Task securing = Guard(() => SecureRegularlyAsync(output, state, options, finished.Token));
        Task[] workers = [.. Enumerable.Range(0, options.Threads).Select(_ => Guard(() => worker.RunAsync(stop.Token)))];
        await Task.WhenAll(workers).ConfigureAwait(false);
        await finished.CancelAsync().ConfigureAwait(false);
        await securing.ConfigureAwait(false);
        fault?.Throw();
        cancel.ThrowIfCancellationRequested();

        // The first fault is the cause; it stops the others, whose cancellation is only a consequence.
        async Task Guard(Func<Task> work)
        {
            try
            {
                await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested || finished.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref fault, ExceptionDispatchInfo.Capture(e), null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task SecureRegularlyAsync(
        OutputSet output, RunState state, StreamingOptions options, CancellationToken finished)
    {
        using PeriodicTimer timer = new(options.JournalInterval, options.Time);
        while (await timer.WaitForNextTickAsync(finished).ConfigureAwait(false))
        {
            output.Secure(state.TakeUnsecured());
        }
    }

    private static void SecureWhatIsDone(OutputSet output, RunState state)
    {
        try
        {
            output.Secure(state.TakeUnsecured());
        }
        catch (ModelPackException)
        {
            // A full disk is why the run failed, and is what is reported; the slices will be done again.
        }
    }
}
