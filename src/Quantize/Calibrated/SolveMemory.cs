using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Quantize.Solving;

namespace ModelPack.Quantize.Calibrated;

/// <summary>Says before a pass how much memory a <see cref="SolveVisitor"/> will take beside the runner's.</summary>
/// <remarks>
/// Upper bounds: of the weights that one input enters, the moments, the values as they are and decoded, the codes twice, and the work memory
/// of the solver; of everything solved before in the same half of a layer, the decoded values that the runner goes on with.
/// </remarks>
public static class SolveMemory
{
    private const long MostKept = 96L << 20;

    // Kinds that share an input stand in one row; the two halves of a layer follow each other.
    private static readonly TensorKind[][] Attention =
    [
        [
            TensorKind.AttentionQuery, TensorKind.AttentionKey, TensorKind.AttentionValue,
            TensorKind.AttentionQueryDown, TensorKind.AttentionKeyValueDown,
        ],
        [TensorKind.AttentionQueryUp],
        [TensorKind.AttentionKeyValueUp, TensorKind.AttentionValueUp],
        [TensorKind.AttentionKeyUp],
        [TensorKind.AttentionOutput],
    ];

    private static readonly TensorKind[][] FeedForward =
    [
        [TensorKind.FeedForwardGate, TensorKind.FeedForwardUp],
        [TensorKind.FeedForwardDown],
        [TensorKind.SharedExpertGate, TensorKind.SharedExpertUp],
        [TensorKind.SharedExpertDown],
    ];

    private static readonly TensorKind[][] Experts = [[TensorKind.ExpertGate, TensorKind.ExpertUp], [TensorKind.ExpertDown]];

    /// <summary>Most bytes at once.</summary>
    /// <param name="weights">The model.</param>
    /// <param name="targets">What is solved.</param>
    /// <param name="options">How.</param>
    /// <param name="expertsAtOnce">Experts that are solved side by side.</param>
    public static long PeakBytes(ModelWeights weights, SolveTargets targets, SolveOptions options, int expertsAtOnce)
    {
        ILookup<(int, TensorKind), Weight> all = targets.Grids.ToLookup(
            static g => (g.Key.Layer!.Value, g.Key.Kind), g => Weight.Of(g.Key, weights, g.Value));
        long peak = 0;
        for (int layer = 0; layer < weights.Spec.Layers.Count; layer++)
        {
            Weight[][] Find(TensorKind[][] kinds) => [.. kinds.Select(k => k.SelectMany(kind => all[(layer, kind)]).ToArray()).Where(static w => w.Length > 0)];

            // The experts of a layer are of one size: a group of any of them is like the first.
            Weight[][] experts = [.. Experts.Select(k => k.SelectMany(kind => all[(layer, kind)].Take(1)).ToArray()).Where(static w => w.Length > 0)];
            long routed = weights.Spec.Layers[layer].FeedForward is FeedForwardSpec.Experts
                ? InputMoments.BytesOf(weights.Spec.HiddenSize, gram: true) + Sequence(experts, Math.Max(1, expertsAtOnce), moments: 2, options)
                : 0;
            peak = Math.Max(peak, Math.Max(Sequence(Find(Attention), 1, moments: 1, options), routed + Sequence(Find(FeedForward), 1, moments: 1, options)));
        }

        // And what was dropped and is not collected yet, and what allocators keep of freed blocks (only small ones: large ones go back).
        return peak + Math.Min(peak, SolveVisitor.MostDropped) + Math.Min(peak, MostKept);
    }

    // Inputs one after the other: what was solved stays, decoded. Experts have moments of near misses beside their own.
    private static long Sequence(Weight[][] inputs, int count, int moments, SolveOptions options)
    {
        (long kept, long peak) = (0, 0);
        foreach (Weight[] input in inputs)
        {
            (int columns, int tasks) = (input[0].Columns, count * input[0].Matrices);
            int side = Math.Clamp(options.Threads, 1, tasks);
            SolveOptions each = options with { Threads = Math.Max(1, options.Threads / side) };
            long values = count * sizeof(float) * input.Sum(static w => w.Values);
            long codes = count * input.Sum(static w => w.Encoded);
            long work = (moments * tasks * InputMoments.BytesOf(columns, gram: true)) + (side * Solver.WorkBytes(columns, each));
            peak = Math.Max(peak, kept + (2 * values) + (2 * codes) + work);
            kept += values;
        }

        return peak;
    }

    private readonly record struct Weight(int Columns, int Matrices, long Values, long Encoded)
    {
        public static Weight Of(TensorRole role, ModelWeights weights, RowGrid grid)
        {
            long rows = weights.Find(role).Rows;
            int matrices = role.Kind == TensorKind.AttentionKeyUp ? weights.Spec.Layers[role.Layer!.Value].Attention.Heads : 1;
            return new(grid.Columns, matrices, rows * grid.Columns, rows * (grid.ValueBytes + grid.ScaleBytes + grid.ZeroBytes));
        }
    }
}
