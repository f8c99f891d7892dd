using ModelPack.Models.Architectures;
using ModelPack.Quantize.Calibration;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>Logits from the residual stream after the last layer.</summary>
internal sealed class HeadStage(PassContext context, LogitsSink? sink)
{
    /// <summary>Runs it; nothing when nobody wants to see it.</summary>
    public void Run()
    {
        bool shows = context.Wants(LinearPlace.Head);
        if (!shows && sink is null)
        {
            return;
        }

        (int hidden, int vocabulary) = (context.Spec.HiddenSize, context.Spec.VocabularySize);
        TensorRole role = new(context.Spec.TiedEmbeddings ? TensorKind.Embedding : TensorKind.Head);
        LinearInput input = new(LinearPlace.Head, context.Spec.Layers.Count, null, hidden, [role]);
        using RowsLease norm = context.Weights.Read(new TensorRole(TensorKind.OutputNorm));
        using RowsLease scratch = context.Rent(hidden);
        using RowsLease normed = context.Rent(hidden);
        FloatRows Rows(TokenBatch batch)
        {
            FloatRows rows = normed.Rows.Slice(0, batch.Rows);
            context.Norm(context.Residual.Open(batch.FirstRow, scratch.Rows.Slice(0, batch.Rows)), norm, rows);
            return rows;
        }

        if (shows)
        {
            foreach (TokenBatch batch in context.Batches())
            {
                context.Visit(input, Rows(batch));
            }
        }

        IReadOnlyDictionary<TensorRole, ReadOnlyMemory<float>>? replaced = context.Complete(input);
        if (sink is null)
        {
            return;
        }

        using RowsLease weight = context.Weights.Read(role, replaced);
        using RowsLease logits = context.Rent(vocabulary, context.Plan.HeadRows);
        long done = 0;
        foreach (TokenBatch batch in context.Batches())
        {
            Write(batch, Rows(batch), weight, logits);
            context.Report((double)(done += batch.Rows) / context.Plan.Tokens);
        }
    }

    private void Write(TokenBatch batch, FloatRows rows, RowsLease weight, RowsLease logits)
    {
        for (int window = 0; window < batch.Windows; window++)
        {
            for (int position = 0; position < batch.Length; position += context.Plan.HeadRows)
            {
                int count = Math.Min(context.Plan.HeadRows, batch.Length - position);
                FloatRows part = rows.Slice(((long)window * batch.Length) + position, count);
                FloatRows target = logits.Rows.Slice(0, count);
                context.Blocks.Linear(bias: false).Run([part.Value(), weight.Rows.Value()], [target.Value()]);
                sink!(batch.FirstWindow + window, position, target.Span);
            }
        }
    }
}
