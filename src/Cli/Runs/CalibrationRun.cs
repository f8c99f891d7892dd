using System.Diagnostics;
using System.Globalization;
using ModelPack.Cli.Calibrated;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Models;
using ModelPack.Quantize.Calibration;
using ModelPack.Quantize.Importance;
using ModelPack.Runtime;
using ModelPack.Runtime.Calibration;

namespace ModelPack.Cli.Runs;

/// <summary>What calibrate does once its arguments are read: say what would be done, or do it and say what came out.</summary>
/// <param name="Terminal">Where to write.</param>
/// <param name="Json">Print one JSON document instead of text.</param>
/// <param name="Input">The model, with weights.</param>
/// <param name="Text">The text.</param>
/// <param name="Calibration">How to run it.</param>
internal sealed record CalibrationRun(CommandTerminal Terminal, bool Json, RunInput Input, RunText Text, ImportanceCalibration Calibration)
{
    /// <summary>Fewer tokens than this say little of an expert.</summary>
    private const long Few = 128;

    /// <summary>Prints what the first pass would take.</summary>
    /// <returns>The exit code.</returns>
    public int Describe(WindowSource source)
    {
        (RunnerDevice device, TokenWindows windows, PassEstimate estimate) = Calibration.Plan(Input.Weights!, source);
        long memory = CalibrationMemory.Peak(Input.Weights!, estimate);
        if (Json)
        {
            JsonDocuments.Write(Terminal.Output, new CalibrateDocument
            {
                Data = Text.Names,
                Device = device.Name,
                DeviceReason = device.Reason,
                Context = windows.Context,
                Windows = windows.All.Count,
                Tokens = windows.Tokens,
                PeakMemory = memory,
                SpilledBytes = estimate.SpilledBytes,
            });
            return ExitCode.Success;
        }

        Write($"{PlanText.Shorten(Input.Path)} on {device}");
        Write($"  {windows.All.Count} windows of {windows.Context} tokens of {string.Join(", ", Text.Names)}");
        Write($"  about {ByteSize.Format(memory)} of memory at most, {ByteSize.Format(estimate.SpilledBytes)} of activations in files; nothing was written");
        return ExitCode.Success;
    }

    /// <summary>Runs it and writes the file.</summary>
    /// <param name="source">The text.</param>
    /// <param name="output">The file.</param>
    /// <param name="state">Folder for what an interrupted run leaves; gone in the end.</param>
    /// <param name="cancel">Ends it between batches.</param>
    /// <returns>The exit code.</returns>
    public int Execute(WindowSource source, string output, string state, CancellationToken cancel)
    {
        ProgressLine line = new(Terminal, "calibrate", TimeProvider.System, TokenCount.Format);
        RunnerDevice? device = null;
        long start = Stopwatch.GetTimestamp();
        CalibrationResult result;
        try
        {
            result = Calibration.Run(Input.Weights!, source, d => device = Tell(d), new Relay(line), cancel);
        }
        finally
        {
            line.Finish();
        }

        IReadOnlyList<ImportanceSums> entries = CollectedImportance.Entries(Input.Weights!.Spec, result.Collector);
        ImportanceWriter.Write(output, entries, Text.Names, result.Windows, result.Context);
        RemoveState(state);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        IReadOnlyList<ExpertTokens> experts = result.Collector.ExpertTokens();
        List<string> warnings = [.. Warnings(result, experts)];
        warnings.ForEach(Terminal.Warn);
        if (Json)
        {
            JsonDocuments.Write(Terminal.Output, new CalibrateDocument
            {
                Output = output,
                Data = Text.Names,
                Device = device!.Name,
                DeviceReason = device.Reason,
                Context = result.Context,
                Windows = result.Windows,
                Tokens = result.Tokens,
                Rounds = result.Rounds,
                Entries = entries.Count(static e => e.HasData),
                DroppedRows = result.Collector.Dropped,
                Seconds = Math.Round(seconds, 3),
                TokensPerSecond = Math.Round(result.Tokens / seconds, 1),
                PeakMemory = ProcessMemory.Peak(),
                Experts = experts.Count == 0 ? null : [.. experts.Select(static e => new ExpertTokensDocument(e.Layer, e.Tokens))],
                Warnings = warnings.Count == 0 ? null : warnings,
            });
            return ExitCode.Success;
        }

        WriteResult(output, result, entries, experts, seconds);
        return ExitCode.Success;
    }

    private RunnerDevice Tell(RunnerDevice device)
    {
        if (Terminal.Verbosity > Verbosity.Quiet)
        {
            Terminal.Error.WriteLine($"calibrate: on {CommandTerminal.Printable(device.ToString())}");
        }

        return device;
    }

    private void WriteResult(
        string output, CalibrationResult result, IReadOnlyList<ImportanceSums> entries, IReadOnlyList<ExpertTokens> experts, double seconds)
    {
        Write($"{PlanText.Shorten(Input.Path)} -> {PlanText.Shorten(output)}");
        Write($"  {entries.Count(static e => e.HasData)} entries from {result.Tokens} tokens, {result.Windows} windows of {result.Context} of {string.Join(", ", Text.Names)}");
        if (experts.Count > 0)
        {
            Write($"  tokens an expert saw: {experts.Min(static e => e.Tokens.Min())} to {experts.Max(static e => e.Tokens.Max())}; "
                + $"{experts.Sum(static e => e.Below(1))} of {experts.Sum(static e => e.Tokens.Count)} experts saw none, {experts.Sum(static e => e.Below(Few))} fewer than {Few}");
        }

        string peak = ProcessMemory.Peak() is { } bytes ? $", peak memory {ByteSize.Format(bytes)}" : "";
        Write(string.Create(CultureInfo.InvariantCulture, $"  in {seconds:F2} s, {result.Tokens / seconds:F0} tokens/s{peak}"));
    }

    private IEnumerable<string> Warnings(CalibrationResult result, IReadOnlyList<ExpertTokens> experts)
    {
        if (result.Collector.Dropped is > 0 and var dropped)
        {
            yield return $"{dropped} rows of activations were not finite and left out";
        }

        foreach (ExpertTokens layer in experts.Where(static e => e.Below(1) > 0))
        {
            yield return $"layer {layer.Layer}: {layer.Below(1)} of {layer.Tokens.Count} experts saw no token; their importance says nothing";
        }

        if (result.TextEnded)
        {
            int starved = experts.Sum(e => e.Below(Calibration.EnsureExperts));
            yield return $"the text ended after {result.Tokens} tokens: {starved} experts saw fewer than the {Calibration.EnsureExperts} of --ensure-experts";
        }
    }

    private static void RemoveState(string state)
    {
        try
        {
            if (Directory.Exists(state))
            {
                Directory.Delete(state, recursive: true);
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{state}: cannot be removed: {cause.Message.TrimEnd('.')}", cause);
        }
    }

    private void Write(string line) => Terminal.Output.WriteLine(CommandTerminal.Printable(line));

    private sealed class Relay(ProgressLine line) : IProgress<CalibrationProgress>
    {
        public void Report(CalibrationProgress value) => line.Report(
            value.TokensDone,
            value.Tokens,
            0,
            value.Round == 0 ? $"layer {value.Layer} of {value.Layers}" : $"layer {value.Layer} of {value.Layers}, round {value.Round + 1}");
    }
}
