using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>residual += down(silu(gate(x)) × up(x)) for all tokens: a dense feed-forward, or the shared experts.</summary>
/// <param name="context">The pass.</param>
/// <param name="layer">Layer.</param>
/// <param name="size">Inner width.</param>
/// <param name="bias">gate, up and down add biases.</param>
/// <param name="kinds">gate, up and down.</param>
/// <param name="innerPlace">Where down's input is seen.</param>
internal sealed class DenseStage(
    PassContext context, int layer, int size, bool bias, (TensorKind Gate, TensorKind Up, TensorKind Down) kinds, LinearPlace innerPlace)
{
    /// <summary>Runs the feed-forward of a dense layer.</summary>
    public static void RunLayer(PassContext context, int layer, FeedForwardSpec.Dense spec)
    {
        int hidden = context.Spec.HiddenSize;
        DenseStage stage = new(
            context,
            layer,
            spec.Size,
            spec.Bias,
            (TensorKind.FeedForwardGate, TensorKind.FeedForwardUp, TensorKind.FeedForwardDown),
            LinearPlace.FeedForwardInner);
        LinearInput input = stage.Input(LinearPlace.FeedForwardInput);
        using RowsLease norm = context.Weights.Read(new(TensorKind.FeedForwardNorm, layer));
        using RowsLease scratch = context.Rent(hidden);
        using RowsLease normed = context.Rent(hidden);
        FloatRows Rows(TokenBatch batch)
        {
            FloatRows rows = normed.Rows.Slice(0, batch.Rows);
            context.Norm(context.Residual.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows)), norm, rows);
            return rows;
        }

        if (context.Wants(LinearPlace.FeedForwardInput))
        {
            foreach (TokenBatch batch in context.Batches())
            {
                context.Visit(input, Rows(batch));
            }
        }

        stage.Run(Rows, context.Complete(input));
    }

    /// <summary>What gate and up see.</summary>
    public LinearInput Input(LinearPlace place) =>
        new(place, layer, null, context.Spec.HiddenSize, [new(kinds.Gate, layer), new(kinds.Up, layer)]);

    /// <summary>Runs it.</summary>
    /// <param name="input">Gives the rows of a batch.</param>
    /// <param name="replaced">Weights that replace gate and up.</param>
    public void Run(Func<TokenBatch, FloatRows> input, IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced)
    {
        using RowsLease scratch = context.Rent(size);
        using RowsLease residual = context.Rent(context.Spec.HiddenSize);
        using GateUpWeights gateUp = GateUpWeights.Read(context, new(kinds.Gate, layer), new(kinds.Up, layer), bias, replaced);
        bool shows = context.Wants(innerPlace);
        LinearInput place = new(innerPlace, layer, null, size, [new(kinds.Down, layer)]);
        using Activations? kept = shows ? context.Store(PassStore.Inner, size) : null;
        if (kept is not null)
        {
            foreach (TokenBatch batch in context.Batches())
            {
                FloatRows inner = kept.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows), read: false);
                gateUp.Run(input(batch), inner);
                kept.Keep(batch.FirstRow, inner);
                context.Visit(place, inner);
            }
        }

        using RowsLease down = context.Weights.Read(new(kinds.Down, layer), context.Complete(place));
        using RowsLease? downBias = bias ? context.Weights.Read(new(kinds.Down, layer, Bias: true)) : null;
        foreach (TokenBatch batch in context.Batches())
        {
            FloatRows inner = scratch.Rows.Slice(0, batch.Rows);
            if (kept is not null)
            {
                inner = kept.Open(batch.FirstRow, inner);
            }
            else
            {
                gateUp.Run(input(batch), inner);
            }

            FloatRows sum = context.Residual.Open(batch.FirstRow, residual.Rows.Slice(0, batch.Rows));
            context.LinearAdd(inner, down, downBias, sum);
            context.Residual.Keep(batch.FirstRow, sum);
        }
    }
}
