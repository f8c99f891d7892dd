using Microsoft.ML.OnnxRuntime;
using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>A layer's attention up to the heads' values, its weights held until disposed of; a closed choice.</summary>
internal abstract class AttentionHeads(PassContext context, int layer) : IDisposable
{
    private readonly List<RowsLease> _held = [];

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
    protected RowsLease Hold(TensorRole role, IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = null)
    {
        RowsLease lease = context.Weights.Read(role, replaced);
        _held.Add(lease);
        return lease;
    }

    /// <summary>A matrix as an input.</summary>
    protected static OrtValue Matrix(RowsLease lease) => lease.Rows.Value();

    /// <summary>A vector as an input.</summary>
    protected static OrtValue Vector(RowsLease lease) => lease.Rows.Value(lease.Rows.Length);

    /// <summary>Cosine, sine and mask of a batch.</summary>
    protected IEnumerable<OrtValue> Constants(TokenBatch batch, int? window) =>
    [
        context.Constants.Cosine(batch.Length).Value(),
        context.Constants.Sine(batch.Length).Value(),
        context.Constants.Mask(batch.Length, window).Value(),
    ];
}
