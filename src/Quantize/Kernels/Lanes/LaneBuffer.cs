using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
        for (int lane = 0; lane < 16; lane += 4)
        {
            Transpose(
                source.Slice(Math.Min(first + lane, last) * size, size),
                source.Slice(Math.Min(first + lane + 1, last) * size, size),
                source.Slice(Math.Min(first + lane + 2, last) * size, size),
                source.Slice(Math.Min(first + lane + 3, last) * size, size),
                lane);
        }
    }

    /// <summary>Fills four lanes from <paramref name="lane"/> on with blocks of one size, a multiple of 4.</summary>
    public void Transpose(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, int lane)
    {
        for (int l = 0; l < a.Length; l += 4)
        {
            if (!Sse.IsSupported)
            {
                for (int k = l; k < l + 4; k++)
                {
                    Vector128.Create(a[k], b[k], c[k], d[k]).CopyTo(this[((k * 16) + lane)..]);
                }

                continue;
            }

            Vector128<float> a4 = Vector128.Create(a[l..]);
            Vector128<float> b4 = Vector128.Create(b[l..]);
            Vector128<float> c4 = Vector128.Create(c[l..]);
            Vector128<float> d4 = Vector128.Create(d[l..]);
            Vector128<float> abLow = Sse.UnpackLow(a4, b4);
            Vector128<float> cdLow = Sse.UnpackLow(c4, d4);
            Vector128<float> abHigh = Sse.UnpackHigh(a4, b4);
            Vector128<float> cdHigh = Sse.UnpackHigh(c4, d4);
            Span<float> rows = this[((l * 16) + lane)..];
            Sse.MoveLowToHigh(abLow, cdLow).CopyTo(rows);
            Sse.MoveHighToLow(cdLow, abLow).CopyTo(rows[16..]);
            Sse.MoveLowToHigh(abHigh, cdHigh).CopyTo(rows[32..]);
            Sse.MoveHighToLow(cdHigh, abHigh).CopyTo(rows[48..]);
        }
    }
}
