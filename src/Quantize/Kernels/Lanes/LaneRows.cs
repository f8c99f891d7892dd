using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelPack.Quantize.Kernels.Lanes;

/// <summary>
/// Rows of sixteen floats at cache line boundaries: row <c>l</c> holds weight <c>l</c> of sixteen blocks, one block a lane.
/// </summary>
/// <remarks>A view of memory that somebody else owns, on the stack of the kernel; nothing here checks a row's number.</remarks>
internal readonly unsafe struct LaneRows
{
    private readonly float* _first;

    /// <summary>Rows in unmanaged memory of <see cref="Bytes"/>; what they hold is unspecified.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LaneRows(byte* memory) => _first = (float*)(((nuint)memory + 63) & ~(nuint)63);

    private LaneRows(float* first) => _first = first;

    /// <summary>Memory to reserve for so many rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bytes(int rows) => (rows * 64) + 63;

    /// <summary>Lane 0 of row 0; the rest follows.</summary>
    public float* First => _first;

    /// <summary>One float.</summary>
    public ref float this[int l, int lane] => ref _first[(l * 16) + lane];

    /// <summary>So many floats from row 0 on.</summary>
    public Span<float> Floats(int count) => new(_first, count);

    /// <summary>The rows from number <paramref name="l"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LaneRows From(int l) => new(_first + (l * 16));

    /// <summary>Loads row <paramref name="l"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Load<TLanes>(int l)
        where TLanes : struct, ILanes<TLanes> =>
        TLanes.Load(in _first[(nuint)(uint)l * 16]);

    /// <summary>Stores row <paramref name="l"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TLanes>(int l, TLanes lanes)
        where TLanes : struct, ILanes<TLanes> =>
        lanes.Store(ref _first[(nuint)(uint)l * 16]);

    /// <summary>Fills the rows from consecutive blocks.</summary>
    /// <param name="source">Blocks one after the other, 16 of which are used; lanes past the last block repeat it.</param>
    /// <param name="size">Weights in a block, a multiple of 4.</param>
    public void Transpose(ReadOnlySpan<float> source, int size)
    {
        Span<int> starts = stackalloc int[16];
        int last = (source.Length / size) - 1;
        for (int lane = 0; lane < 16; lane++)
        {
            starts[lane] = Math.Min(lane, last) * size;
        }

        Transpose(source, starts, size);
    }

    /// <summary>Fills the rows from 16 blocks.</summary>
    /// <param name="source">Where the blocks are.</param>
    /// <param name="starts">Where each begins there.</param>
    /// <param name="size">Weights in a block, a multiple of 4.</param>
    public void Transpose(ReadOnlySpan<float> source, ReadOnlySpan<int> starts, int size)
    {
        fixed (float* blocks = source)
        {
            for (int lane = 0; lane < 16; lane += 4)
            {
                ReadOnlySpan<int> four = starts.Slice(lane, 4);
                uint furthest = Math.Max(Math.Max((uint)four[0], (uint)four[1]), Math.Max((uint)four[2], (uint)four[3]));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(furthest + size, source.Length, nameof(starts));
                Transpose(blocks + four[0], blocks + four[1], blocks + four[2], blocks + four[3], size, _first + lane);
            }
        }
    }

    private static void Transpose(float* a, float* b, float* c, float* d, int size, float* rows)
    {
        for (int l = 0; l < size; l += 4, rows += 64)
        {
            if (!Sse.IsSupported)
            {
                for (int k = 0; k < 4; k++)
                {
                    Vector128.Create(a[l + k], b[l + k], c[l + k], d[l + k]).Store(rows + (k * 16));
                }

                continue;
            }

            Vector128<float> a4 = Vector128.Load(a + l);
            Vector128<float> b4 = Vector128.Load(b + l);
            Vector128<float> c4 = Vector128.Load(c + l);
            Vector128<float> d4 = Vector128.Load(d + l);
            Vector128<float> ab = Sse.UnpackLow(a4, b4);
            Vector128<float> cd = Sse.UnpackLow(c4, d4);
            Sse.MoveLowToHigh(ab, cd).Store(rows);
            Sse.MoveHighToLow(cd, ab).Store(rows + 16);
            ab = Sse.UnpackHigh(a4, b4);
            cd = Sse.UnpackHigh(c4, d4);
            Sse.MoveLowToHigh(ab, cd).Store(rows + 32);
            Sse.MoveHighToLow(cd, ab).Store(rows + 48);
        }
    }
}
