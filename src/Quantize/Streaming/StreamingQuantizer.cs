using System.Runtime.ExceptionServices;
using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Streaming;

/// <summary>Runs a plan: reads, encodes and writes independent slices in parallel, in memory that does not grow.</summary>
public static class StreamingQuantizer
{
    /// <summary>Writes the files of a plan.</summary>
    /// <param name="plan">What to write. The same plan gives the same bytes, whatever the options.</param>
    /// <param name="options">Threads, memory, resume, overwrite.</param>
    /// <param name="progress">Hears of every slice.</param>
    /// <param name="cancel">Stops at the next slice.</param>
    /// <exception cref="ModelPackException">
    /// A name is taken or is an input, the disk is full, a source cannot be read, a weight is not finite, or what is to be
    /// resumed belongs to another run.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <remarks>
    /// Until all is done there are only NAME.partial and its journal; a failed or cancelled run leaves them, and a run with
    /// <see cref="StreamingOptions.Resume"/> continues there.
    /// </remarks>
    public static async Task<QuantizeResult> RunAsync(
        QuantizationPlan plan,
        StreamingOptions options,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        Dictionary<GgmlType, QuantType> types = FindTypes(plan);
        OutputChecks.Run(plan, options.Overwrite);
        SliceGrid grid = new(plan.Tensors);
        using OutputSet output = OutputSet.Open(plan, grid.Count, options.Resume, out IReadOnlyList<SliceRange> done);
        RunState state = new(plan, grid, done, options.MeasureError, progress);
        SliceWorker worker = new(plan, options, types, output, state);
        try
        {
            await RunWorkersAsync(worker, output, state, options, cancel).ConfigureAwait(false);
        }
        catch
        {
            SecureWhatIsDone(output, state);
            throw;
        }

        output.Finish(options.Overwrite);
        return new([.. plan.Parts.Select(static p => p.Path)], plan.Bytes, state.ResumedWeights, state.Results());
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

    private static Dictionary<GgmlType, QuantType> FindTypes(QuantizationPlan plan) => plan.Tensors
        .DistinctBy(static t => t.Type)
        .ToDictionary(
            static t => t.Type,
            static t => QuantType.Find(t.Type) ?? throw StreamingFaults.NoEncoder(t.Name, t.Type.Name));
}
