using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels.Lanes;

/// <summary>Sixteen blocks turned on their side: row <c>l</c> holds weight <c>l</c> of each block, one block a lane.</summary>
[InlineArray(16 * 32)]
internal struct LaneBuffer
{
    private float _first;

    /// <summary>Loads row <paramref name="l"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TLanes Load<TLanes>(int l)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.Load(in Unsafe.AddByteOffset(ref Unsafe.AsRef(in _first), (nuint)(uint)l * 64));

    /// <summary>Stores row <paramref name="l"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TLanes>(int l, TLanes lanes)
        where TLanes : struct, ILanes<TLanes> =>
        lanes.Store(ref Unsafe.AddByteOffset(ref _first, (nuint)(uint)l * 64));

    /// <summary>Fills the rows from 16 consecutive blocks.</summary>
    /// <param name="source">Blocks one after the other.</param>
    /// <param name="first">The block that becomes lane 0; lanes past the last block repeat it.</param>
    /// <param name="size">Weights in a block, 32 at most.</param>
    public void Transpose(ReadOnlySpan<float> source, int first, int size)
    {
        int last = (source.Length / size) - 1;
        for (int lane = 0; lane < 16; lane++)
        {
            Transpose(source.Slice(Math.Min(first + lane, last) * size, size), lane);
        }
    }

    /// <summary>Fills one lane.</summary>
    public void Transpose(ReadOnlySpan<float> block, int lane)
    {
        ref float target = ref Unsafe.Add(ref _first, lane);
        for (int l = 0; l < block.Length; l++)
        {
            Unsafe.Add(ref target, l * 16) = block[l];
        }
    }
}
