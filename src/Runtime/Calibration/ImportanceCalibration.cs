using System.Globalization;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Calibration;

/// <summary>Runs text through a model and collects the importance of every weight's columns, until every expert saw enough of it.</summary>
public sealed record ImportanceCalibration
{
    private const int MostGrowth = 4;

    /// <summary>How to run; each round has a folder of its own in its state folder.</summary>
    public required RunnerOptions Runner { get; init; }

    /// <summary>Windows of the first round.</summary>
    public required int Windows { get; init; }

    /// <summary>Tokens that every expert should see: more text is run until then, or until it ends. 0 for the first round only.</summary>
    public long EnsureExperts { get; init; }

    /// <summary>What the first round will need.</summary>
    /// <exception cref="Models.ModelPackException">The text is too short, or the device cannot be used.</exception>
    public (RunnerDevice Device, TokenWindows Windows, PassEstimate Estimate) Plan(ModelWeights weights, WindowSource text)
    {
        using LayerPass pass = LayerPass.Open(weights, Runner);
        TokenWindows windows = text.Next(Windows)!;
        return (pass.Device, windows, pass.Estimate(windows.All, new ImportanceCollector(), logits: false));
    }

    /// <summary>Runs it.</summary>
    /// <param name="weights">The model; its files must stay open.</param>
    /// <param name="text">The text; windows are taken from it.</param>
    /// <param name="chosen">Told the device before the first round.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancel">Ends it; with a state folder, what is done can be continued.</param>
    /// <exception cref="Models.ModelPackException">The text, the weights or the state cannot be used, or activations are not finite.</exception>
    public CalibrationResult Run(
        ModelWeights weights, WindowSource text, Action<RunnerDevice>? chosen, IProgress<CalibrationProgress>? progress, CancellationToken cancel)
    {
        ImportanceCollector all = new();
        int rounds = 0;
        int next = Windows;
        while (text.Next(next) is { } windows)
        {
            string? folder = Runner.StateFolder is { } state
                ? Path.Combine(state, string.Create(CultureInfo.InvariantCulture, $"round-{rounds:D4}"))
                : null;
            ImportanceCollector round = new(folder is null ? null : new(Path.Combine(folder, "tallies")));
            using (LayerPass pass = LayerPass.Open(weights, Runner with { StateFolder = folder }))
            {
                if (rounds == 0)
                {
                    chosen?.Invoke(pass.Device);
                }

                long before = (long)(text.Given - windows.All.Count) * windows.Context;
                pass.Run(windows.All, round, null, progress is null ? null : new Relay(progress, rounds, before, windows.Tokens), cancel);
            }

            all.Add(round);
            rounds++;
            next = Missing(all, text.Given);
            if (next == 0)
            {
                return new(all, text.Given, windows.Context, rounds, TextEnded: false);
            }
        }

        return new(all, text.Given, text.Context, rounds, TextEnded: true);
    }

    /// <summary>Windows that the expert with the fewest tokens will probably want; 0 when it has enough.</summary>
    private int Missing(ImportanceCollector all, int windows)
    {
        long fewest = all.ExpertTokens().SelectMany(static e => e.Tokens).DefaultIfEmpty(long.MaxValue).Min();
        if (fewest >= EnsureExperts)
        {
            return 0;
        }

        // A little more than its share so far asks for; when that says little, some times the text so far.
        double share = fewest / (double)windows;
        double wanted = share > 0 ? Math.Ceiling(1.1 * (EnsureExperts - fewest) / share) : double.MaxValue;
        return (int)Math.Min(wanted, Math.Min(int.MaxValue, (long)MostGrowth * windows));
    }

    private sealed class Relay(IProgress<CalibrationProgress> progress, int round, long before, long tokens) : IProgress<PassProgress>
    {
        public void Report(PassProgress value)
        {
            double share = value.Tokens == 0 ? 1 : (double)value.TokensDone / value.Tokens;
            progress.Report(new(round, value.Layer, value.Layers, before + (long)(share * tokens), before + tokens));
        }
    }
}
