using ModelPack.Models.Architectures;
using ModelPack.Quantize.Streaming;

namespace ModelPack.Quantize.Calibrated;

/// <summary>An output tensor's encoded rows, gathered from the solved weights that its rows are rows of.</summary>
/// <param name="store">Holds the weights.</param>
/// <param name="find">Tells of an output row which weight it is a row of, and which.</param>
internal sealed class GatheredRows(SolvedStore store, Func<long, (TensorRole Role, long Row)> find) : SolvedRows
{
    public override void Read(long firstRow, int rows, EncodedRows output)
    {
        for (int i = 0; i < rows; i++)
        {
            (TensorRole role, long row) = find(firstRow + i);
            EncodedRows one = output.Slice(i, 1, rows);
            store.Read(role, row, one.Values, one.Scales, one.Zeros);
        }
    }
}
