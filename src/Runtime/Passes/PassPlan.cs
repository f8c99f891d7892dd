using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Passes;

/// <summary>Sizes of a pass: batches, what is kept in memory, what goes to files, and the sum of it.</summary>
/// <remarks>Counts are upper bounds: what is alive at different times is added up where that is simpler.</remarks>
internal sealed class PassPlan
{
    // What ONNX Runtime, the pools' rounding and the managed side hold beside the matrices.
    private const long Overhead = 48L << 20;

    private readonly DecoderSpec _spec;
    private readonly Func<LinearPlace, bool> _wants;
    private readonly long _budget;
    private readonly long _room;

    /// <param name="spec">The model.</param>
    /// <param name="windows">Token ids.</param>
    /// <param name="wants">Which places a visitor wants.</param>
    /// <param name="logits">Whether logits are wanted.</param>
    /// <param name="budget">Bytes to stay below, if possible.</param>
    /// <param name="gpu">A GPU computes: it wants larger products, as weights are sent to it for each.</param>
    public PassPlan(
        DecoderSpec spec, IReadOnlyList<int[]> windows, Func<LinearPlace, bool> wants, bool logits, long budget, bool gpu = false)
    {
        // Rows of one product: enough for full speed, few enough for a cache. Queries that attend at once: fewer make smaller products,
        // more compute scores that the mask then hides.
        (int bestRows, int bestQueries) = gpu ? (16384, 1024) : (2048, 256);

        (_spec, _wants, _budget) = (spec, wants, budget);
        Tokens = windows.Sum(static w => (long)w.Length);
        LongestWindow = windows.Max(static w => w.Length);
        long perRow = sizeof(float) * spec.Layers.Max(RowWidth);
        long rows = Math.Clamp(budget / 8 / perRow, 64, bestRows);
        long heads = spec.Layers.Max(static l => l.Attention.Heads);

        Batches = TokenBatch.Of(windows, rows);
        MostRows = Batches.Max(static b => b.Rows);
        HeadRows = (int)Math.Clamp(Math.Clamp(budget / 8, 1 << 20, 64L << 20) / sizeof(float) / spec.VocabularySize, 1, MostRows);

        // A run of queries has its scores three times: as they are, masked, and as shares.
        long scores = 3 * heads * sizeof(float) * LongestWindow;
        Queries = (int)Math.Min(LongestWindow, Math.Clamp(Math.Clamp(budget / 8, 1 << 20, 192L << 20) / scores, 16, bestQueries));
        long mask = sizeof(float) * Queries * ((long)Queries + LongestWindow);
        scores = (scores * Queries) + mask;
        long attention = spec.Layers.Max(AttentionWeights) + (MostRows * perRow) + scores;
        long feedForward = spec.Layers.Max(FeedForwardWeights) + (MostRows * perRow);
        long head = logits || wants(LinearPlace.Head)
            ? sizeof(float) * (((long)spec.VocabularySize * spec.HiddenSize) + ((long)HeadRows * spec.VocabularySize) + (2L * MostRows * spec.HiddenSize))
            : 0;
        long routing = spec.Experts is { } experts ? Tokens * experts.Active * 16 : 0;
        WorkingSetBytes = Overhead + Math.Max(Math.Max(attention, feedForward), head) + routing;
        _room = Math.Max(budget / 4, budget - WorkingSetBytes);
        foreach ((PassStore store, long width) in Widths())
        {
            long bytes = Tokens * width * sizeof(float);
            if (ActivationBytes + bytes <= _room)
            {
                ActivationBytes += bytes;
            }
            else
            {
                Spilled.Add(store);
                SpilledBytes += bytes * (store == PassStore.Residual ? 2 : 1);
            }
        }
    }

    /// <summary>Batches, in the order of the windows.</summary>
    public IReadOnlyList<TokenBatch> Batches { get; }

    /// <summary>All tokens.</summary>
    public long Tokens { get; }

    /// <summary>Most tokens of a window.</summary>
    public int LongestWindow { get; }

    /// <summary>Most tokens of a batch.</summary>
    public int MostRows { get; }

    /// <summary>Queries of a window that attend at once.</summary>
    public int Queries { get; }

    /// <summary>Most rows of logits at a time.</summary>
    public int HeadRows { get; }

    /// <summary>Activations that go to files.</summary>
    public ISet<PassStore> Spilled { get; } = new HashSet<PassStore>();

    /// <summary>Bytes of files.</summary>
    public long SpilledBytes { get; }

    /// <summary>Bytes of activations in memory.</summary>
    public long ActivationBytes { get; }

    /// <summary>Weights and buffers of the largest step.</summary>
    public long WorkingSetBytes { get; }

    /// <summary>The plan in numbers.</summary>
    public PassEstimate Estimate =>
        new(WorkingSetBytes + ActivationBytes + InnerRoom, SpilledBytes, ActivationBytes, WorkingSetBytes, _spec.Experts is { } experts ? MostExperts(experts) : 0);

    /// <summary>Bytes for the inner activations of a group of experts; one expert with more than that goes to a file.</summary>
    public long InnerRoom => _spec.Experts is { } experts && _wants(LinearPlace.ExpertInner)
        ? Math.Min(Math.Max(_budget / 8, 1), Tokens * experts.Active * experts.Size * sizeof(float))
        : 0;

    /// <summary>Whether anything may go to files.</summary>
    public bool MaySpill => Spilled.Count > 0 || (InnerRoom > 0 && Tokens * _spec.Experts!.Size * sizeof(float) > InnerRoom);

    /// <summary>
    /// Cuts experts into groups: their inner activations fit in <see cref="InnerRoom"/>, and their weights and second moments, which a
    /// visitor may hold, in a quarter of the memory.
    /// </summary>
    /// <param name="experts">The layer's.</param>
    /// <param name="rows">Tokens of an expert.</param>
    public IEnumerable<Range> Groups(FeedForwardSpec.Experts experts, Func<int, int> rows)
    {
        long size = experts.Size;
        int most = MostExperts(experts);
        int first = 0;
        long inner = 0;
        for (int e = 0; e < experts.Count; e++)
        {
            long bytes = rows(e) * size * sizeof(float);
            if (e > first && (e - first >= most || inner + bytes > InnerRoom))
            {
                yield return first..e;
                (first, inner) = (e, 0);
            }

            inner += bytes;
        }

        yield return first..experts.Count;
    }

    private int MostExperts(FeedForwardSpec.Experts experts)
    {
        (long hidden, long size) = (_spec.HiddenSize, experts.Size);
        long visitor = sizeof(float) * ((hidden * hidden) + (size * size) + (3 * hidden * size));
        return (int)Math.Clamp(_budget / 4 / visitor, 1, experts.Count);
    }

    private long RowWidth(LayerSpec layer)
    {
        long hidden = _spec.HiddenSize;
        long attention = layer.Attention switch
        {
            // Projections are there three times: as rows, by head, and rotated.
            AttentionSpec.Grouped a => (3L * a.HeadSize * (a.Heads + (2 * a.KeyValueHeads))) + (2L * a.Heads * a.HeadSize),
            AttentionSpec.Latent a => (3L * a.Heads * ((2 * (a.NopeSize + a.RopeSize)) + a.ValueSize)) + (2L * a.Heads * a.ValueSize)
                + (2L * ((a.QueryRank ?? 0) + a.KeyValueRank + a.RopeSize)),
            _ => 0,
        };
        long feedForward = layer.FeedForward switch
        {
            FeedForwardSpec.Dense f => 4L * f.Size,
            FeedForwardSpec.Experts f => (4L * Math.Max(f.Size, f.SharedSize)) + (3L * f.Count),
            _ => 0,
        };
        return (4 * hidden) + Math.Max(attention, feedForward);
    }

    private long AttentionWeights(LayerSpec layer)
    {
        long hidden = _spec.HiddenSize;
        long weights = layer.Attention switch
        {
            AttentionSpec.Grouped a => hidden * a.HeadSize * (2L * (a.Heads + a.KeyValueHeads)),
            AttentionSpec.Latent a => (hidden * ((a.QueryRank ?? 0) + a.KeyValueRank + a.RopeSize))
                + ((a.QueryRank ?? hidden) * a.Heads * (a.NopeSize + a.RopeSize))
                + ((long)a.KeyValueRank * a.Heads * (a.NopeSize + a.ValueSize))
                + (hidden * a.Heads * a.ValueSize),
            _ => 0,
        };
        return weights * sizeof(float);
    }

    private long FeedForwardWeights(LayerSpec layer) => sizeof(float) * 3L * _spec.HiddenSize * layer.FeedForward switch
    {
        FeedForwardSpec.Dense f => f.Size,
        FeedForwardSpec.Experts f => Math.Max(f.Size, f.SharedSize),
        _ => 0,
    };

    // In the order of how often they are read.
    private IEnumerable<(PassStore Store, long Width)> Widths()
    {
        yield return (PassStore.Residual, _spec.HiddenSize);
        if (_spec.Experts is not null)
        {
            yield return (PassStore.Normed, _spec.HiddenSize);
        }

        if (_wants(LinearPlace.AttentionHeads))
        {
            yield return (PassStore.Heads, _spec.Layers.Max(static l => HeadsWidth(l.Attention)));
        }

        if (_wants(LinearPlace.QueryLatent) || _wants(LinearPlace.KeyValueLatent))
        {
            IEnumerable<AttentionSpec.Latent> latents = _spec.Layers.Select(static l => l.Attention).OfType<AttentionSpec.Latent>();
            yield return (PassStore.Latents, latents.Select(static a => (a.QueryRank ?? 0) + a.KeyValueRank + a.RopeSize).DefaultIfEmpty().Max());
        }

        if (_wants(LinearPlace.FeedForwardInner) || _wants(LinearPlace.SharedInner))
        {
            yield return (PassStore.Inner, _spec.Layers.Max(InnerWidth));
        }
    }

    private int InnerWidth(LayerSpec layer) => layer.FeedForward switch
    {
        FeedForwardSpec.Dense f when _wants(LinearPlace.FeedForwardInner) => f.Size,
        FeedForwardSpec.Experts f when _wants(LinearPlace.SharedInner) => f.SharedSize,
        _ => 0,
    };

    internal static int HeadsWidth(AttentionSpec attention) => attention switch
    {
        AttentionSpec.Grouped a => a.Heads * a.HeadSize,
        AttentionSpec.Latent a => a.Heads * a.ValueSize,
        _ => throw new ArgumentException($"{attention.GetType()} has no graph yet.", nameof(attention)),
    };
}
