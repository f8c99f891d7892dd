using System.Diagnostics;
using ModelPack.Cli.Calibrated;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Budget;
using ModelPack.Quantize.Plans;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Cli;

/// <summary>What convert and quantize do once a plan is made: print it, or run it and say what came out.</summary>
/// <param name="Terminal">Where to write.</param>
/// <param name="Json">Print one JSON document instead of text.</param>
/// <param name="DryRun">Print the plan only.</param>
internal sealed record PlanRun(CommandTerminal Terminal, bool Json, bool DryRun)
{
    public required int Threads { get; init; }

    public required long MemoryBytes { get; init; }

    public bool Resume { get; init; }

    public bool Overwrite { get; init; }

    public bool MeasureError { get; init; }

    /// <summary>What a budget bought; null without one.</summary>
    public BudgetReport? Budget { get; init; }

    /// <summary>What a dry run says of calibration; null without it.</summary>
    public PlannedCalibration? Calibration { get; init; }

    /// <summary>When work began that is part of the run; null for now.</summary>
    public long? Started { get; init; }

    /// <summary>The same, for the library.</summary>
    public StreamingOptions Options => new()
    {
        Threads = Threads,
        MemoryBytes = MemoryBytes,
        Resume = Resume,
        Overwrite = Overwrite,
        MeasureError = MeasureError,
    };

    /// <summary>Prints or runs the plan.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExecuteAsync(ModelInput input, QuantizationPlan plan, string verb, CancellationToken cancel)
    {
        foreach (string warning in PlanText.Warnings(plan.Warnings))
        {
            Terminal.Warn(warning);
        }

        StreamingOptions options = Options;
        if (DryRun)
        {
            long memory = MemoryEstimate.Peak(plan, options);
            if (Json)
            {
                JsonDocuments.Write(Terminal.Output, PlanDocument.Of(plan) with { PeakMemory = memory, Calibration = Calibration });
            }
            else
            {
                PlanText.Write(Terminal.Output, input, plan, memory);
                SolutionText.Write(Terminal.Output, Calibration);
                SolutionText.Write(Terminal.Output, null, [], Budget, everyItem: true);
            }

            return ExitCode.Success;
        }

        ProgressLine line = new(Terminal, verb, TimeProvider.System);
        long start = Started ?? Stopwatch.GetTimestamp();
        QuantizeResult result;
        try
        {
            result = await StreamingQuantizer.RunAsync(plan, options, new ProgressRelay(line), cancel);
        }
        finally
        {
            line.Finish();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (Json)
        {
            JsonDocuments.Write(Terminal.Output, ResultDocument(plan, result, seconds));
        }
        else
        {
            PlanText.WriteResult(Terminal.Output, input, plan, result, seconds, ProcessMemory.Peak());
            SolutionText.Write(Terminal.Output, plan.Solutions, plan.Tensors.Select(static t => t.Name), Budget);
        }

        return ExitCode.Success;
    }

    private QuantizeDocument ResultDocument(QuantizationPlan plan, QuantizeResult result, double seconds) => new()
    {
        Output = result.Files[0],
        Parts = result.Files.Count > 1 ? result.Files : null,
        Bytes = result.Bytes,
        BitsPerWeight = Math.Round(plan.BitsPerWeight, 4),
        Seconds = Math.Round(seconds, 3),
        PeakMemory = ProcessMemory.Peak(),
        Tensors =
        [
            .. result.Tensors.Zip(plan.Tensors, (done, planned) => SolutionDocuments.With(new()
            {
                Name = done.Name,
                Type = done.Type.Name,
                Bytes = done.Bytes,
                Method = done.Type.BlockWeights == 1 ? "copy" : planned.Importance is null ? "rtn" : "importance",
                RelativeError = done.RelativeError,
            }, plan.Solutions, planned.Count)),
        ],
        Budget = SolutionDocuments.Of(Budget),
        Warnings = plan.Warnings.Count == 0 ? null : [.. PlanText.Warnings(plan.Warnings)],
    };
}
