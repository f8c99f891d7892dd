using ModelPack.Models.Architectures;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Calibrated;

/// <summary>An output tensor's encoded rows, gathered from the solved weights that its rows are rows of.</summary>
/// <param name="store">Holds the weights.</param>
/// <param name="source">The output tensor's rows.</param>
/// <param name="roles">From output rows to weights.</param>
internal sealed class GatheredRows(SolvedStore store, TensorSource source, RoleRows roles) : SolvedRows
{
    public override void Read(long firstRow, int rows, EncodedRows output)
    {
        for (int i = 0; i < rows; i++)
        {
            (TensorRole role, long row) = roles.Find(source, firstRow + i)!.Value;
            EncodedRows one = output.Slice(i, 1, rows);
            store.Read(role, row, one.Values, one.Scales, one.Zeros);
        }
    }
}
