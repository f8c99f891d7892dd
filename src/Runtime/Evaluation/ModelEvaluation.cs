using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Evaluation;

/// <summary>Runs a text through models and measures how well they predict it, and how far from a reference.</summary>
/// <remarks>
/// The reference runs first; its scored logits go to a file that the others are compared with. What does not fit the file's limit is done
/// in batches of windows, each by all models.
/// </remarks>
public sealed record ModelEvaluation
{
    /// <summary>The text.</summary>
    public required TokenWindows Windows { get; init; }

    /// <summary>Where the file of logits goes.</summary>
    public required string SpillFolder { get; init; }

    /// <summary>Largest size of that file; a window's logits may exceed it.</summary>
    public long SpillBytes { get; init; } = 16L << 30;

    /// <summary>Takes what the linear layers of the first model see (the reference, where there is one); null for nobody.</summary>
    public ImportanceCollector? Seen { get; init; }

    /// <summary>Runs everything.</summary>
    /// <param name="reference">What the others are compared with; null to measure their perplexity only.</param>
    /// <param name="models">At least one.</param>
    /// <param name="progress">Hears of every step.</param>
    /// <param name="cancel">Ends it between steps.</param>
    /// <exception cref="Models.ModelPackException">A model cannot be run, or its vocabulary is another than the reference's.</exception>
    public EvaluationResult Run(
        EvaluatedModel? reference, IReadOnlyList<EvaluatedModel> models, IProgress<EvaluationProgress>? progress, CancellationToken cancel)
    {
        List<TokenScore>[] scores = [.. models.Select(static _ => new List<TokenScore>())];
        List<TokenScore> own = [];
        RunnerDevice? device = null;
        int runs = models.Count + (reference is null ? 0 : 1);
        int first = 0;
        while (first < Windows.All.Count)
        {
            TokenWindows batch = Windows.Slice(first, int.MaxValue);
            ReferenceLogits? known = null;
            int vocabulary = 0;
            try
            {
                if (reference is not null)
                {
                    using LogitsModel model = reference.Open();
                    vocabulary = model.VocabularySize;
                    device ??= model.Device;
                    batch = Windows.Slice(first, FittingWindows(vocabulary));
                    known = new(batch, vocabulary, SpillFolder);
                    QualityMeter meter = new(reference.Name, batch, vocabulary, null);
                    Watch(model, batch, (w, p, l) => { known.Add(w, p, l); meter.Add(w, p, l); }, Progress(reference.Name, 0), Seen, cancel);
                    own.AddRange(meter.Scores);
                }

                for (int i = 0; i < models.Count; i++)
                {
                    using LogitsModel model = models[i].Open();
                    device ??= model.Device;
                    if (reference is not null && model.VocabularySize != vocabulary)
                    {
                        throw EvaluationFaults.OtherVocabulary(models[i].Name, model.VocabularySize, reference.Name, vocabulary);
                    }

                    QualityMeter meter = new(models[i].Name, batch, model.VocabularySize, known);
                    bool watched = reference is null && i == 0;
                    Watch(model, batch, meter.Add, Progress(models[i].Name, i + (reference is null ? 0 : 1)), watched ? Seen : null, cancel);
                    scores[i].AddRange(meter.Scores);
                }
            }
            finally
            {
                known?.Dispose();
            }

            first += batch.All.Count;

            Relay? Progress(string name, int done) => progress is null
                ? null
                : new(progress, name, ((long)first * runs) + ((long)done * batch.All.Count), batch.All.Count, Windows, runs);
        }

        return new(
            reference is null ? null : ModelQuality.Of(own, compared: false),
            [.. scores.Select(s => ModelQuality.Of(s, compared: reference is not null))],
            device!);
    }

    // A collector starts anew with each pass, so that each batch has its own.
    private static void Watch(
        LogitsModel model, TokenWindows batch, LogitsSink sink, IProgress<double>? progress, ImportanceCollector? seen, CancellationToken cancel)
    {
        ImportanceCollector? own = seen is null ? null : new();
        model.Run(batch.All, own, sink, progress, cancel);
        seen?.Add(own!);
    }

    private int FittingWindows(int vocabulary) =>
        (int)Math.Clamp(SpillBytes / ReferenceLogits.BytesOf(Windows, 1, vocabulary), 1, int.MaxValue);

    private sealed class Relay(IProgress<EvaluationProgress> progress, string model, long windowsBefore, int windows, TokenWindows all, int runs)
        : IProgress<double>
    {
        public void Report(double value) => progress.Report(new(
            model, (long)((windowsBefore + (value * windows)) * all.Context), checked(all.Tokens * runs)));
    }
}
