using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>residual += attention(norm(residual)).</summary>
/// <remarks>One sweep over the tokens; one more for each place that a visitor wants before what follows may be computed.</remarks>
internal sealed class AttentionStage(PassContext context, int layer)
{
    private readonly AttentionSpec _spec = context.Spec.Layers[layer].Attention;

    /// <summary>Runs it.</summary>
    public void Run()
    {
        int hidden = context.Spec.HiddenSize;
        using RowsLease norm = context.Weights.Read(new(TensorKind.AttentionNorm, layer));
        using RowsLease scratch = context.Rent(hidden);
        void Norm(TokenBatch batch, FloatRows normed) =>
            context.Norm(context.Residual.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows)), norm, normed);
        using RowsLease input = context.Rent(hidden);
        using RowsLease heads = context.Rent(PassPlan.HeadsWidth(_spec));
        using AttentionHeads attention = AttentionHeads.Of(context, layer);
        if (context.Wants(LinearPlace.AttentionInput))
        {
            foreach (TokenBatch batch in context.Batches())
            {
                FloatRows normed = input.Rows.Slice(0, batch.Rows);
                Norm(batch, normed);
                context.Visit(attention.Input, normed);
            }
        }

        attention.Prepare(context.Complete(attention.Input), Norm);
        if (context.Wants(LinearPlace.AttentionHeads))
        {
            Show(attention, Norm, input, heads);
            return;
        }

        using RowsLease output = context.Weights.Read(new(TensorKind.AttentionOutput, layer));
        using RowsLease? bias = Bias();
        foreach (TokenBatch batch in context.Batches())
        {
            FloatRows normed = input.Rows.Slice(0, batch.Rows);
            FloatRows values = heads.Rows.Slice(0, batch.Rows);
            Norm(batch, normed);
            attention.Run(batch, normed, values);
            Add(batch, values, output, bias, scratch);
        }

        context.Swap();
    }

    private void Show(AttentionHeads attention, Action<TokenBatch, FloatRows> norm, RowsLease input, RowsLease scratch)
    {
        LinearInput place = new(LinearPlace.AttentionHeads, layer, null, scratch.Rows.Columns, [new(TensorKind.AttentionOutput, layer)]);
        using Activations kept = context.Store(PassStore.Heads, scratch.Rows.Columns);
        foreach (TokenBatch batch in context.Batches())
        {
            FloatRows normed = input.Rows.Slice(0, batch.Rows);
            FloatRows values = kept.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows), read: false);
            norm(batch, normed);
            attention.Run(batch, normed, values);
            kept.Keep(batch.FirstRow, values);
            context.Visit(place, values);
        }

        attention.Dispose();
        using RowsLease output = context.Weights.Read(new(TensorKind.AttentionOutput, layer), context.Complete(place));
        using RowsLease? bias = Bias();
        foreach (TokenBatch batch in context.Batches())
        {
            Add(batch, kept.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows)), output, bias, input);
        }

        context.Swap();
    }

    private void Add(TokenBatch batch, FloatRows heads, RowsLease output, RowsLease? bias, RowsLease scratch)
    {
        FloatRows residual = context.Residual.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows));
        context.LinearAdd(heads, output, bias, residual);
        context.NextResidual.Keep(batch.FirstRow, residual);
    }

    private RowsLease? Bias() => _spec is AttentionSpec.Grouped { OutputBias: true }
        ? context.Weights.Read(new(TensorKind.AttentionOutput, layer, Bias: true))
        : null;
}
