using System.Runtime.CompilerServices;
using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>
/// How much each weight of a block of 32 counts under an importance: the column's importance times √(the row's mean square + its
/// own square).
/// </summary>
internal ref struct RowWeighting(ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance)
{
    /// <summary>Rows summed up together; whatever their length, 16 rows are a whole number of 16 blocks.</summary>
    private const int Group = 16;

    private readonly ReadOnlySpan<float> _weights = weights;
    private readonly ReadOnlySpan<float> _importance = importance;
    private readonly int _columns = columns;
    private Variances16 _variances;

    /// <summary>Computes the weighting of 16 consecutive blocks.</summary>
    /// <param name="first">The block in lane 0: 0, then 16 more each time. Lanes past the last block repeat it.</param>
    /// <param name="x">The blocks' weights, a block a lane.</param>
    /// <param name="w">Receives how much they count.</param>
    public void Fill<TLanes>(int first, LaneRows x, LaneRows w)
        where TLanes : struct, ILanes<TLanes>
    {
        Span<float> variances = stackalloc float[16];
        Span<int> columns = stackalloc int[16];
        int blocksPerRow = _columns / 32;
        if (first % (Group * blocksPerRow) == 0)
        {
            SumUp(first / blocksPerRow);
        }

        int last = (_weights.Length / 32) - 1;
        for (int lane = 0; lane < 16; lane++)
        {
            (int row, int block) = Math.DivRem(Math.Min(first + lane, last), blocksPerRow);
            variances[lane] = _variances[row % Group];
            columns[lane] = block * 32;
        }

        w.Transpose(_importance, columns, 32);
        TLanes variance = TLanes.Load(in variances[0]);
        for (int l = 0; l < 32; l++)
        {
            TLanes value = x.Load<TLanes>(l);
            w.Store(l, w.Load<TLanes>(l) * TLanes.Sqrt(variance + (value * value)));
        }
    }

    private void SumUp(int row)
    {
        ReadOnlySpan<float> rest = _weights[(row * _columns)..];
        Span<float> variances = _variances;
        variances = variances[..Math.Min(Group, rest.Length / _columns)];
        SquareSums.OfRuns(rest, _columns, variances);
        foreach (ref float variance in variances)
        {
            variance /= _columns;
        }
    }

    [InlineArray(Group)]
    private struct Variances16
    {
        private float _first;
    }
}
