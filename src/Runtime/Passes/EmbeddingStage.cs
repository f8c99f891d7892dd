using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>residual = embedding of each token; each row of the table is read once.</summary>
internal sealed class EmbeddingStage(PassContext context, IReadOnlyList<int[]> windows)
{
    /// <summary>Runs it.</summary>
    public void Run()
    {
        TensorSource table = context.Weights[new TensorRole(TensorKind.Embedding)];
        int[] tokens = [.. windows.SelectMany(static w => w)];
        int[] order = [.. Enumerable.Range(0, tokens.Length)];
        Array.Sort((int[])tokens.Clone(), order);
        float[] row = new float[table.Columns];
        using RowsLease scratch = context.Rent(table.Columns, 1);
        int last = -1;
        foreach (int place in order)
        {
            context.Cancel.ThrowIfCancellationRequested();
            if (tokens[place] != last)
            {
                table.Read(last = tokens[place], row);
            }

            FloatRows target = context.Residual.Open(place, scratch.Rows, read: false);
            row.CopyTo(target.Span);
            context.Residual.Keep(place, target);
        }
    }
}
