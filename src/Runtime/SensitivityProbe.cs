using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Budget;

namespace ModelPack.Runtime;

/// <summary>Measures how much the model's output changes when one kind of weight of one layer is rounded.</summary>
/// <remarks>
/// Every measurement is a pass over a few windows. Layers are sampled, so that a deep model takes no more passes than a shallow one.
/// </remarks>
public static class SensitivityProbe
{
    private const int MostLayers = 4;
    private const int MostPositions = 256;

    // Weights that act together: rounded together, or their number of passes doubles for nothing.
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
    /// <param name="windows">A few windows of calibration tokens.</param>
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
        SampledLogits reference = new(weights.Spec.VocabularySize, windows, MostPositions);
        pass.Run(windows, null, reference.Keep, null, cancel);
        (int Layer, TensorKind[] Kinds)[] probes = [.. Layers(weights.Spec).SelectMany(layer => Groups
            .Where(g => Has(weights, layer, g[0], halves))
            .Select(g => (layer, g)))];
        MeasuredSensitivity measured = new() { Tokens = tokens };
        double passTokens = windows.Sum(static w => (double)w.Length);
        for (int i = 0; i < probes.Length; i++)
        {
            ErrorInjection injection = new(weights, probes[i].Layer, probes[i].Kinds);
            SampledLogits changed = new(weights.Spec.VocabularySize, windows, MostPositions);
            pass.Run(windows, injection, changed.Keep, null, cancel);
            double divergence = reference.DivergenceFrom(changed);
            foreach (TensorKind kind in probes[i].Kinds)
            {
                measured.Add(kind, probes[i].Layer, divergence, injection.Loss / passTokens);
            }

            progress?.Report((i + 1, probes.Length));
        }

        return measured;
    }

    private static bool Has(ModelWeights weights, int layer, TensorKind kind, bool halves) => kind switch
    {
        TensorKind.AttentionKeyUp or TensorKind.AttentionValueUp => halves && Has(weights, layer, TensorKind.AttentionKeyValueUp, halves: false),
        TensorKind.AttentionKeyValueUp when halves => false,
        _ => weights.Tensors.ContainsKey(new(kind, layer)) || weights.Tensors.ContainsKey(new(kind, layer, 0)),
    };

    private static IEnumerable<int> Layers(DecoderSpec spec)
    {
        int count = spec.Layers.Count;

        // Dense layers in front of expert layers are of another kind: each kind is sampled by itself.
        int dense = spec.Experts is null ? 0 : spec.LeadingDenseLayers;
        return Spread(0, dense, 2).Concat(Spread(dense, count, MostLayers));
    }

    private static IEnumerable<int> Spread(int first, int end, int most)
    {
        int count = Math.Min(end - first, most);
        return Enumerable.Range(0, count).Select(i => count == 1 ? first : first + (int)Math.Round((double)i * (end - 1 - first) / (count - 1))).Distinct();
    }
}
