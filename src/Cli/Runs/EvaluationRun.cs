using System.Diagnostics;
using System.Globalization;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime;
using ModelPack.Runtime.Evaluation;

namespace ModelPack.Cli.Runs;

/// <summary>What evaluate does once its arguments are read: run every model, and say what came out.</summary>
/// <param name="Terminal">Where to write.</param>
/// <param name="Json">Print one JSON document instead of text.</param>
/// <param name="Models">The models.</param>
/// <param name="Text">The text.</param>
/// <param name="Windows">Its windows.</param>
/// <param name="Runner">How to run.</param>
/// <param name="Html">Where the report goes; null for none.</param>
internal sealed record EvaluationRun(
    CommandTerminal Terminal, bool Json, EvaluationModels Models, RunText Text, TokenWindows Windows, RunnerOptions Runner, string? Html)
{
    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public int Execute(CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        ImportanceCollector? seen = Html is null ? null : new();
        EvaluationResult result = Evaluate(seen, cancel);
        if (Html is not null)
        {
            EvaluationReport.Write(this, result, seen!, cancel);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (Json)
        {
            JsonDocuments.Write(Terminal.Output, Document(result, seconds));
        }
        else
        {
            WriteText(result, seconds);
        }

        return ExitCode.Success;
    }

    private EvaluationResult Evaluate(ImportanceCollector? seen, CancellationToken cancel)
    {
        string spill = Directory.CreateTempSubdirectory("modelpack-evaluate-").FullName;
        ProgressLine line = new(Terminal, "evaluate", TimeProvider.System, TokenCount.Format);
        try
        {
            ModelEvaluation evaluation = new() { Windows = Windows, SpillFolder = spill, Seen = seen };
            EvaluatedModel? reference = Models.Reference is { } r ? Evaluated(r) : null;
            return evaluation.Run(reference, [.. Models.All.Select(Evaluated)], new Relay(line), cancel);
        }
        finally
        {
            line.Finish();
            Directory.Delete(spill, recursive: true);
        }
    }

    private EvaluatedModel Evaluated(EvaluationModel model) => new(model.Name, () => model.Input.OpenModel(Runner));

    private EvaluateDocument Document(EvaluationResult result, double seconds)
    {
        ModelQuality first = result.Models[0];
        return new()
        {
            Model = Models.First.Name,
            Data = Text.Names,
            Device = result.Device.Name,
            Context = Windows.Context,
            Windows = Windows.All.Count,
            Tokens = first.Tokens,
            Perplexity = Math.Round(first.Perplexity, 6),
            PerplexityError = Math.Round(first.PerplexityError, 6),
            Bytes = Models.First.Bytes,
            BitsPerWeight = Math.Round(Models.First.BitsPerWeight, 4),
            Reference = ComparisonDocument.Of(result.Reference, first),
            Variants = Models.All.Count == 1 ? null : [.. Models.All.Zip(result.Models).Skip(1).Select(pair => Variant(pair.First, pair.Second, result))],
            Html = Html,
            Seconds = Math.Round(seconds, 3),
            PeakMemory = ProcessMemory.Peak(),
        };
    }

    private static VariantDocument Variant(EvaluationModel model, ModelQuality quality, EvaluationResult result) => new()
    {
        Name = model.Name,
        Model = model.Input.Name,
        Bytes = model.Bytes,
        BitsPerWeight = Math.Round(model.BitsPerWeight, 4),
        Perplexity = Math.Round(quality.Perplexity, 6),
        PerplexityError = Math.Round(quality.PerplexityError, 6),
        Reference = ComparisonDocument.Of(result.Reference, quality),
    };

    private void WriteText(EvaluationResult result, double seconds)
    {
        List<(string Name, EvaluationModel Model, ModelQuality Quality)> rows = [.. Models.All.Zip(result.Models, static (m, q) => (m.Name, m, q))];
        if (Models.Reference is { } reference)
        {
            rows.Insert(0, ($"{reference.Name} (reference)", reference, result.Reference!));
        }

        int width = Math.Max("model".Length, rows.Max(static r => r.Name.Length));
        bool compared = result.Reference is not null;
        Write($"{"model".PadRight(width)}       size   bits  perplexity      ±" + (compared ? "   mean KLD    p99 KLD  same top" : ""));
        foreach ((string name, EvaluationModel model, ModelQuality quality) in rows)
        {
            string comparison = quality.Divergence is { } d
                ? string.Create(CultureInfo.InvariantCulture, $"  {d.Mean,9:F6}  {d.P99,9:F6}  {100 * d.TopTokenAgreement,7:F2} %")
                : "";
            Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{name.PadRight(width)}  {ByteSize.Format(model.Bytes),9}  {model.BitsPerWeight,5:F2}  {quality.Perplexity,10:F4}  {quality.PerplexityError,5:F3}{comparison}"));
        }

        Write("");
        Write($"{result.Models[0].Tokens} scored tokens in {Windows.All.Count} windows of {Windows.Context} of {string.Join(", ", Text.Names)}");
        string peak = ProcessMemory.Peak() is { } bytes ? $", peak memory {ByteSize.Format(bytes)}" : "";
        Write(string.Create(CultureInfo.InvariantCulture, $"on {result.Device}; in {seconds:F2} s{peak}"));
        if (Html is not null)
        {
            Write($"report: {PlanText.Shorten(Html)}");
        }
    }

    private void Write(string line) => Terminal.Output.WriteLine(CommandTerminal.Printable(line));

    private sealed class Relay(ProgressLine line) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => line.Report(value.TokensDone, value.Tokens, 0, value.Model);
    }
}
