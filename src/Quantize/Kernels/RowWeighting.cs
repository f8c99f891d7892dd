using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// How much each weight of a block of 32 counts under an importance: the column's importance times √(the row's mean square + its
/// own square).
/// </summary>
internal readonly ref struct RowWeighting
{
    private readonly ReadOnlySpan<float> _importance;
    private readonly float[] _variances;
    private readonly int _blocksPerRow;

    /// <summary>Sums up the rows.</summary>
    public RowWeighting(ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance)
    {
        _importance = importance;
        _blocksPerRow = columns / 32;
        _variances = new float[weights.Length / columns];
        SquareSums.OfRuns(weights, columns, _variances);
        foreach (ref float sum in _variances.AsSpan())
        {
            sum /= columns;
        }
    }

    /// <summary>Computes the weighting of 16 consecutive blocks.</summary>
    /// <param name="first">The block in lane 0; lanes past the last block repeat it.</param>
    /// <param name="x">The blocks' weights, a block a lane.</param>
    /// <param name="w">Receives how much they count.</param>
    public void Fill<TLanes>(int first, ref readonly LaneBuffer x, ref LaneBuffer w)
        where TLanes : struct, ILanes<TLanes>
    {
        Span<float> variances = stackalloc float[16];
        Span<int> columns = stackalloc int[16];
        int last = (_variances.Length * _blocksPerRow) - 1;
        for (int lane = 0; lane < 16; lane++)
        {
            (int row, int block) = Math.DivRem(Math.Min(first + lane, last), _blocksPerRow);
            variances[lane] = _variances[row];
            columns[lane] = block * 32;
        }

        for (int lane = 0; lane < 16; lane += 4)
        {
            w.Transpose(
                _importance.Slice(columns[lane], 32),
                _importance.Slice(columns[lane + 1], 32),
                _importance.Slice(columns[lane + 2], 32),
                _importance.Slice(columns[lane + 3], 32),
                lane);
        }

        TLanes variance = TLanes.Load(in variances[0]);
        for (int l = 0; l < 32; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            w.Store(l, w.Load<TLanes>(l) * TLanes.Sqrt(variance + (value * value)));
        }
    }
}
