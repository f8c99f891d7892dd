using ModelPack.Quantize.Kernels.Lanes;

namespace ModelPack.Quantize.Kernels;

/// <summary>Memory in which <see cref="KKernel{TBlock}"/> encodes sixteen super-blocks: up to 256 runs, sixteen a row.</summary>
/// <param name="rows">As many rows as <see cref="Rows"/> says.</param>
internal readonly struct KScratch(LaneRows rows)
{
    /// <summary>Rows in all.</summary>
    public const int Rows = AffineLanes.Rows + (5 * 16);

    /// <summary>What <see cref="AffineLanes"/> works on: sixteen runs, one a lane.</summary>
    public LaneRows Search => rows;

    /// <summary>Scales of the runs, one a float, in the order of the runs; likewise the others.</summary>
    public LaneRows Scales => rows.From(AffineLanes.Rows);

    public LaneRows Minimums => rows.From(AffineLanes.Rows + 16);

    /// <summary>Sums of the runs' importance.</summary>
    public LaneRows Totals => rows.From(AffineLanes.Rows + 32);

    /// <summary>With <see cref="LevelMins"/>, how the levels of a run follow from its weights.</summary>
    public LaneRows LevelInverses => rows.From(AffineLanes.Rows + 48);

    public LaneRows LevelMins => rows.From(AffineLanes.Rows + 64);

    /// <summary>Keeps what was found for sixteen runs, from number 16 · <paramref name="row"/> on.</summary>
    public void Keep<TLanes>(int row, in AffineLanes<TLanes> found)
        where TLanes : struct, ILanes<TLanes>
    {
        Scales.Store(row, found.Scale);
        Minimums.Store(row, -found.Min);
        LevelInverses.Store(row, found.LevelInverse);
        LevelMins.Store(row, found.LevelMin);
    }
}
