using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>A layer's attention up to the heads' values, its weights held until disposed of; a closed choice.</summary>
internal abstract class AttentionHeads(PassContext context, int layer) : IDisposable
{
    private readonly List<RowsLease> _held = [];
    private readonly AttentionSpec _spec = context.Spec.Layers[layer].Attention;

    /// <summary>The pass.</summary>
    protected PassContext Context => context;

    /// <summary>Layer.</summary>
    protected int Layer => layer;

    /// <summary>Chooses the kind.</summary>
    public static AttentionHeads Of(PassContext context, int layer) => context.Spec.Layers[layer].Attention switch
    {
        AttentionSpec.Grouped spec => new GroupedHeads(context, layer, spec),
        AttentionSpec.Latent spec => new LatentHeads(context, layer, spec),
        var other => throw new ArgumentException($"{other.GetType()} has no graph yet.", nameof(layer)),
    };

    /// <summary>What enters first.</summary>
    public abstract LinearInput Input { get; }

    /// <summary>Reads weights; shows what lies between the input and the heads.</summary>
    /// <param name="replaced">Weights that replace those of the input.</param>
    /// <param name="normed">Gives the normed residual of a batch: rows to put it in.</param>
    public abstract void Prepare(
        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced, Action<TokenBatch, FloatRows> normed);

    /// <summary>Computes the heads' values of a batch.</summary>
    public abstract void Run(TokenBatch batch, FloatRows normed, FloatRows heads);

    public virtual void Dispose()
    {
        foreach (RowsLease lease in _held)
        {
            lease.Dispose();
        }

        _held.Clear();
    }

    /// <summary>A role of this layer.</summary>
    protected TensorRole Role(TensorKind kind, bool bias = false) => new(kind, layer, Bias: bias);

    /// <summary>Reads a weight and holds it.</summary>
    protected RowsLease Hold(TensorRole role, IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = null) =>
        Hold(context.Weights.Read(role, replaced));

    /// <summary>Holds a weight that was read.</summary>
    protected RowsLease Hold(RowsLease lease)
    {
        _held.Add(lease);
        return lease;
    }

    /// <summary>A matrix as an input.</summary>
    protected static OrtValue Matrix(RowsLease lease) => lease.Rows.Value();

    /// <summary>A vector as an input.</summary>
    protected static OrtValue Vector(RowsLease lease) => lease.Rows.Value(lease.Rows.Length);

    /// <summary>Projects a batch, then attends, a window and a run of queries at a time.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="inputs">Of the projections, without cosine and sine.</param>
    /// <param name="heads">Gets the heads' values.</param>
    protected void Attend(TokenBatch batch, IEnumerable<OrtValue> inputs, FloatRows heads)
    {
        (int keyHeads, int width, int valueWidth) = _spec switch
        {
            AttentionSpec.Grouped a => (a.KeyValueHeads, a.HeadSize, a.HeadSize),
            AttentionSpec.Latent a => (a.Heads, a.NopeSize + a.RopeSize, a.ValueSize),
            _ => throw new InvalidOperationException(),
        };
        (int Heads, int Width)[] shapes = [(_spec.Heads, width), (keyHeads, width), (keyHeads, valueWidth)];
        RowsLease[] leases = [.. shapes.Select(s => context.Rent(s.Heads * s.Width))];
        context.Blocks.Projections(_spec).Run(
            [.. inputs, context.Constants.Cosine(batch.Length).Value(), context.Constants.Sine(batch.Length).Value()],
            [.. leases.Select((l, i) => l.Rows.Slice(0, batch.Rows).Value(batch.Windows, shapes[i].Heads, batch.Length, shapes[i].Width))]);
        for (int window = 0; window < batch.Windows; window++)
        {
            FloatRows[] parts = [.. leases.Select(l => l.Rows.Slice((long)window * batch.Length, batch.Length))];
            FloatRows target = heads.Slice((long)window * batch.Length, batch.Length);
            for (int first = 0; first < batch.Length; first += context.Plan.Queries)
            {
                int end = Math.Min(batch.Length, first + context.Plan.Queries);
                Attend(parts, shapes, first, end, target.Slice(first, end - first));
            }
        }

        foreach (RowsLease lease in leases)
        {
            lease.Dispose();
        }
    }

    private void Attend(FloatRows[] parts, (int Heads, int Width)[] shapes, int first, int end, FloatRows heads)
    {
        int? window = (_spec as AttentionSpec.Grouped)?.SlidingWindow;
        int firstKey = window is { } size ? Math.Max(0, first - size + 1) : 0;
        int zero = context.Plan.LongestWindow - first;
        long[] places = [first, end, firstKey, end, zero + firstKey, zero + end, end - first];
        context.Blocks.Attention(_spec).Run(
            [
                .. parts.Select((p, i) => p.Value(shapes[i].Heads, p.Count, shapes[i].Width)),
                context.Constants.Mask(context.Plan.Queries, window).Value(),
                .. places.Select(static p => OrtValue.CreateTensorValueFromMemory([p], [1])),
            ],
            [heads.Value()]);
    }
}
