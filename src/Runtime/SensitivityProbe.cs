using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Budget;

namespace ModelPack.Runtime;

/// <summary>Measures how much nearer the model's output comes when, among weights that are all rounded, one kind in some layers is not.</summary>
/// <remarks>
/// That is what a budget buys. The error of one kind alone would tell something else: it sends a few tokens to other experts that errors
/// elsewhere have sent there anyhow, and small errors would seem worse than they are beside large ones.
/// Every measurement is a pass over some windows. Layers are measured in runs, so that a deep model takes no more passes than a shallow
/// one, and what a run does stands out from noise.
/// </remarks>
public static class SensitivityProbe
{
    private const int MostRuns = 4;
    private const int MostPositions = 8192;

    /// <summary>Bytes that are kept of the model's own predictions at most.</summary>
    public const long KeptBytes = MostPositions * KeptPredictions.PositionBytes;

    /// <summary>Passes over all windows that all measurements may take together.</summary>
    private const int Passes = 4;

    private const int LeastWindows = 4;

    /// <summary>
    /// A part of the positions with the greatest divergences counts with the least of them: there a single token's other expert outweighs
    /// everything.
    /// </summary>
    private const double Outliers = 0.01;

    /// <summary>What a measurement finds at least, as a part of the mean share in the whole divergence: less is noise.</summary>
    private const double LeastShare = 0.1;

    // Weights that act together: measured together, or their number of passes doubles for nothing.
    private static readonly TensorKind[][] Groups =
    [
        [TensorKind.AttentionQuery],
        [TensorKind.AttentionKey],
        [TensorKind.AttentionValue],
        [TensorKind.AttentionOutput],
        [TensorKind.AttentionQueryDown],
        [TensorKind.AttentionQueryUp],
        [TensorKind.AttentionKeyValueDown],
        [TensorKind.AttentionKeyValueUp],
        [TensorKind.AttentionKeyUp],
        [TensorKind.AttentionValueUp],
        [TensorKind.AttentionKeyUp],
        [TensorKind.AttentionValueUp],
        [TensorKind.FeedForwardGate, TensorKind.FeedForwardUp],
        [TensorKind.FeedForwardDown],
        [TensorKind.ExpertGate, TensorKind.ExpertUp],
        [TensorKind.ExpertDown],
        [TensorKind.SharedExpertGate, TensorKind.SharedExpertUp],
        [TensorKind.SharedExpertDown],
    ];

    /// <summary>Measures.</summary>
    /// <param name="pass">Runs the model; without a state folder.</param>
    /// <param name="weights">The model.</param>
    /// <param name="windows">All windows of calibration tokens: some are taken, evenly spread.</param>
    /// <param name="tokens">Tokens that the items' counts are of.</param>
    /// <param name="halves">Whether latent attention's kv_b is stored in halves, as in GGUF, which are measured apart then.</param>
    /// <param name="progress">Hears how many passes of how many are done.</param>
    /// <param name="cancel">Stops between batches.</param>
    public static MeasuredSensitivity Measure(
        LayerPass pass,
        ModelWeights weights,
        IReadOnlyList<int[]> windows,
        long tokens,
        bool halves,
        IProgress<(int Done, int All)>? progress,
        CancellationToken cancel)
    {
        Probe[] probes = Probes(weights, halves);
        int[][] some = Some(windows, probes.Length + 2);
        KeptPredictions reference = new(weights.Spec.VocabularySize, some, MostPositions);
        pass.Run(some, null, reference.Keep, null, cancel);
        progress?.Report((1, probes.Length + 2));

        ErrorInjection all = new(weights, role => Has(weights, role, halves));
        double[] whole = Divergences(all);
        double most = whole.Order().ElementAt((int)((1 - Outliers) * (whole.Length - 1)));
        double sum = Mean(whole);
        double least = LeastShare * sum / Math.Max(1, probes.Sum(static p => p.Layers));
        MeasuredSensitivity measured = new() { Tokens = tokens };
        double passTokens = some.Sum(static w => (double)w.Length);
        progress?.Report((2, probes.Length + 2));
        for (int i = 0; i < probes.Length; i++)
        {
            Probe probe = probes[i];
            double without = Mean(Divergences(new ErrorInjection(weights, role => Has(weights, role, halves) && !probe.Has(role))));
            double loss = all.Losses.Where(l => probe.Has(l.Key)).Sum(static l => l.Value) / passTokens;
            double divergence = Math.Max(sum - without, least * probe.Layers);
            foreach (TensorKind kind in probe.Kinds)
            {
                for (int layer = probe.First; layer < probe.End; layer++)
                {
                    measured.Add(kind, layer, divergence, loss);
                }
            }

            progress?.Report((i + 3, probes.Length + 2));
        }

        return measured;

        double[] Divergences(ErrorInjection injection) =>
            reference.Divergences(sink => pass.Run(some, injection, sink, null, cancel));

        double Mean(double[] divergences) => divergences.Average(d => Math.Min(d, most));
    }

    // GGUF stores latent attention's kv_b in halves, which are measured apart then.
    private static bool Has(ModelWeights weights, TensorRole role, bool halves) => role.Layer is not null && !role.Bias && role.Kind switch
    {
        TensorKind.AttentionKeyUp or TensorKind.AttentionValueUp => halves && weights.Tensors.ContainsKey(role with { Kind = TensorKind.AttentionKeyValueUp }),
        TensorKind.AttentionKeyValueUp when halves => false,
        _ => Groups.Any(g => g.Contains(role.Kind)),
    };

    private static Probe[] Probes(ModelWeights weights, bool halves)
    {
        DecoderSpec spec = weights.Spec;

        // Dense layers in front of expert layers are of another kind: each kind is measured by itself.
        int dense = spec.Experts is null ? 0 : spec.LeadingDenseLayers;
        TensorRole[] roles =
        [
            .. weights.Tensors.Keys
                .SelectMany(static r => (TensorRole[])[r, r with { Kind = TensorKind.AttentionKeyUp }, r with { Kind = TensorKind.AttentionValueUp }])
                .Where(r => Has(weights, r, halves)).Distinct(),
        ];
        return
        [
            .. Runs(0, dense, 2).Concat(Runs(dense, spec.Layers.Count, MostRuns))
                .SelectMany(static run => Groups.Select(g => new Probe(run.First, run.End, g)))
                .Where(probe => roles.Any(probe.Has)),
        ];
    }

    private static IEnumerable<(int First, int End)> Runs(int first, int end, int most)
    {
        int count = Math.Min(end - first, most);
        return Enumerable.Range(0, count).Select(i => (first + (i * (end - first) / count), first + ((i + 1) * (end - first) / count)));
    }

    private static int[][] Some(IReadOnlyList<int[]> windows, int passes)
    {
        int count = Math.Min(windows.Count, Math.Max(LeastWindows, Passes * windows.Count / passes));
        return [.. Enumerable.Range(0, count).Select(i => windows[(int)((long)i * windows.Count / count)])];
    }

    private sealed record Probe(int First, int End, TensorKind[] Kinds)
    {
        public int Layers => End - First;

        public bool Has(TensorRole role) => role.Layer >= First && role.Layer < End && Kinds.Contains(role.Kind);
    }
}
