using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>What the steps of one pass share.</summary>
internal sealed class PassContext : IDisposable
{
    private readonly string? _folder;
    private readonly PassMeter? _meter;
    private bool _disposed;

    public PassContext(
        DecoderSpec spec, BlockSet blocks, BufferPool pool, WeightReader weights, PassPlan plan, ILinearVisitor? visitor,
        string? spillFolder, PassMeter? meter, CancellationToken cancel)
    {
        (Spec, Blocks, Pool, Weights, Plan, Visitor, Cancel) = (spec, blocks, pool, weights, plan, visitor, cancel);
        (_folder, _meter) = (spillFolder, meter);
        Constants = new(spec, plan.LongestWindow);
        Residual = Store(PassStore.Residual, spec.HiddenSize, 0);
        NextResidual = plan.Spilled.Contains(PassStore.Residual) ? Store(PassStore.Residual, spec.HiddenSize, 1) : Residual;
    }

    public DecoderSpec Spec { get; }

    public BlockSet Blocks { get; }

    public BufferPool Pool { get; }

    public WeightReader Weights { get; }

    public PassPlan Plan { get; }

    public ILinearVisitor? Visitor { get; }

    public CancellationToken Cancel { get; }

    /// <summary>Tables of rotations, and masks.</summary>
    public AttentionConstants Constants { get; }

    /// <summary>The residual stream as the layer found it, and from its attention on as it is.</summary>
    public Activations Residual { get; private set; }

    /// <summary>Where attention puts its sum: another file, so that a checkpoint stays whole; in memory, the same place.</summary>
    public Activations NextResidual { get; private set; }

    /// <summary>Attention is done: what it wrote is the residual stream.</summary>
    public void Swap() => (Residual, NextResidual) = (NextResidual, Residual);

    /// <summary>Whether a visitor wants the rows of a place.</summary>
    public bool Wants(LinearPlace place) => Visitor?.Wants(place) == true;

    /// <summary>Shows rows that all tokens of a batch have.</summary>
    public void Visit(LinearInput input, FloatRows rows) => Visitor!.Visit(input, rows.Span, [], RowSample.Routed);

    /// <summary>Completes a place; nothing when it was not wanted.</summary>
    public IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? Complete(params IReadOnlyList<LinearInput> inputs) =>
        Wants(inputs[0].Place) ? Visitor!.Complete(inputs, Cancel) : null;

    /// <summary>Lends rows for a batch.</summary>
    public RowsLease Rent(int columns, int? rows = null)
    {
        int count = rows ?? Plan.MostRows;
        return new(Pool, Pool.Rent((long)count * columns), count, columns);
    }

    /// <summary>Makes room for activations of all tokens, in memory or in a file.</summary>
    public Activations Store(PassStore store, int columns, int number = 0) => Plan.Spilled.Contains(store)
        ? new FileActivations(Path.Combine(_folder!, $"{store}-{number}.f32".ToLowerInvariant()), Plan.Tokens, columns, temporary: true)
        : new MemoryActivations(Plan.Tokens, columns);

    /// <summary>Makes room for the inner activations of a group of experts.</summary>
    public Activations InnerStore(long rows, int columns) => rows * columns * sizeof(float) <= Plan.InnerRoom
        ? new MemoryActivations(rows, columns)
        : new FileActivations(Path.Combine(_folder!, "expert-inner.f32"), rows, columns, temporary: true);

    /// <summary>The batches, each after a look at whether to stop.</summary>
    public IEnumerable<TokenBatch> Batches()
    {
        foreach (TokenBatch batch in Plan.Batches)
        {
            Cancel.ThrowIfCancellationRequested();
            yield return batch;
        }
    }

    /// <summary>RMS norm of rows.</summary>
    public void Norm(FloatRows rows, RowsLease weight, FloatRows normed) =>
        Blocks.Norm.Run([rows.Value(), weight.Rows.Value(weight.Rows.Length)], [normed.Value()]);

    /// <summary>residual += x · Wᵀ + b, in place.</summary>
    public void LinearAdd(FloatRows rows, RowsLease weight, RowsLease? bias, FloatRows residual) => Blocks.LinearAdd(bias is not null).Run(
        bias is null
            ? [rows.Value(), weight.Rows.Value(), residual.Value()]
            : [rows.Value(), weight.Rows.Value(), bias.Rows.Value(bias.Rows.Length), residual.Value()],
        [residual.Value()]);

    /// <summary>Tells how far the layer is.</summary>
    /// <param name="share">Part of the layer's work.</param>
    public void Report(double share) => _meter?.Report(share);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Residual.Dispose();
        NextResidual.Dispose();
        Constants.Dispose();
        Pool.Trim();
    }
}
