using System.Diagnostics;
using ModelPack.Cli.Calibrated;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Cli;

/// <summary>What convert and quantize do with a plan of an ONNX folder: print it, or run it and say what came out.</summary>
/// <param name="run">How to run.</param>
internal sealed class OnnxRun(PlanRun run)
{
    /// <summary>Prints or runs the plan.</summary>
    /// <param name="input">What is exported.</param>
    /// <param name="plan">How.</param>
    /// <param name="files">The small files of the folder.</param>
    /// <param name="verb">"convert" or "quantize".</param>
    /// <param name="cancel">Stops the run.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> ExecuteAsync(
        OnnxInput input, OnnxPlan plan, IReadOnlyList<OnnxFolderFile> files, string verb, CancellationToken cancel)
    {
        string[] warnings = [.. PlanText.Warnings(plan.Warnings)];
        warnings.ToList().ForEach(run.Terminal.Warn);
        StreamingOptions options = run.Options;
        if (run.DryRun)
        {
            long memory = MemoryEstimate.Peak(plan, options);
            if (run.Json)
            {
                JsonDocuments.Write(run.Terminal.Output, OnnxPlanDocument.Of(plan) with { PeakMemory = memory, Calibration = run.Calibration });
            }
            else
            {
                OnnxText.Write(run.Terminal.Output, input, plan, memory);
                SolutionText.Write(run.Terminal.Output, run.Calibration);
                SolutionText.Write(run.Terminal.Output, null, [], run.Budget, everyItem: true);
            }

            return ExitCode.Success;
        }

        ProgressLine line = new(run.Terminal, verb, TimeProvider.System);
        long start = run.Started ?? Stopwatch.GetTimestamp();
        OnnxResult result;
        try
        {
            result = await OnnxExporter.RunAsync(plan, input.Name, files, options, new ProgressRelay(line), cancel);
        }
        finally
        {
            line.Finish();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (run.Json)
        {
            JsonDocuments.Write(run.Terminal.Output, ResultDocument(plan, result, seconds, warnings));
        }
        else
        {
            OnnxText.WriteResult(run.Terminal.Output, input, plan, result, seconds, ProcessMemory.Peak());
            SolutionText.Write(run.Terminal.Output, plan.Solutions, plan.Weights.Select(static w => w.Name), run.Budget);
        }

        return ExitCode.Success;
    }

    private QuantizeDocument ResultDocument(OnnxPlan plan, OnnxResult result, double seconds, string[] warnings) => new()
    {
        Output = result.Folder,
        Parts = [.. result.Files.Select(f => Path.Combine(result.Folder, f))],
        Bytes = result.Bytes,
        BitsPerWeight = Math.Round(plan.BitsPerWeight, 4),
        Seconds = Math.Round(seconds, 3),
        PeakMemory = ProcessMemory.Peak(),
        Tensors =
        [
            .. result.Weights.Zip(plan.Weights, (w, planned) => SolutionDocuments.With(new()
            {
                Name = w.Name,
                Type = w.Type,
                Bytes = w.Bytes,
                Method = w.Method,
                RelativeError = w.RelativeError,
            }, plan.Solutions, planned.Count)),
        ],
        Budget = SolutionDocuments.Of(run.Budget),
        Warnings = warnings.Length == 0 ? null : warnings,
    };
}
