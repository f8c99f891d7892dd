using ModelPack.Models;
using ModelPack.Quantize.Plans;

namespace ModelPack.Quantize.Streaming;

/// <summary>Runs a plan: reads, encodes and writes independent slices in parallel, in memory that does not grow.</summary>
public static class StreamingQuantizer
{
    /// <summary>Checks, before long work, that the output may be written and fits the disk.</summary>
    /// <exception cref="ModelPackException">A name is taken or is an input, or the disk is too small.</exception>
    public static void Check(QuantizationPlan plan, bool overwrite) => OutputChecks.Run(StreamPlan.Of(plan), overwrite);

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
        StreamOutcome outcome = await StreamRun.RunAsync(StreamPlan.Of(plan), options, null, null, progress, cancel).ConfigureAwait(false);
        return new(
            [.. plan.Parts.Select(static p => p.Path)],
            plan.Bytes,
            outcome.ResumedWeights,
            [.. plan.Tensors.Zip(outcome.Errors, static (t, e) => new QuantizedTensor(t.Name, t.Type, t.Bytes, e?.Relative, e?.Largest))]);
    }
}
