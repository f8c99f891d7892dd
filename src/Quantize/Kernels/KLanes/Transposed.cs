using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Turns up to sixteen runs of weights on their side: row l holds weight l of each, run j in lane j.</summary>
internal static unsafe class Transposed
{
    /// <summary>Fills <paramref name="length"/> rows of 16.</summary>
    /// <param name="source">Runs one after the other.</param>
    /// <param name="runs">How many, a multiple of 4; the lanes past them become 0.</param>
    /// <param name="length">Weights in a run, a multiple of 4.</param>
    /// <param name="rows">Receives the rows.</param>
    public static void Fill(float* source, int runs, int length, float* rows)
    {
        if (runs < 16)
        {
            new Span<float>(rows, length * 16).Clear();
        }

        for (int j = 0; j < runs; j += 4)
        {
            for (int l = 0; l < length; l += 4)
            {
                Tile(source + (j * length) + l, length, rows + (l * 16) + j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(float* source, int stride, float* target)
    {
        if (!Sse.IsSupported)
        {
            for (int i = 0; i < 16; i++)
            {
                target[(i % 4 * 16) + (i / 4)] = source[(i / 4 * stride) + (i % 4)];
            }

            return;
        }

        Vector128<float> a = Vector128.Load(source);
        Vector128<float> b = Vector128.Load(source + stride);
        Vector128<float> c = Vector128.Load(source + (2 * stride));
        Vector128<float> d = Vector128.Load(source + (3 * stride));
        Vector128<float> ab = Sse.UnpackLow(a, b);
        Vector128<float> cd = Sse.UnpackLow(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(target);
        Sse.MoveHighToLow(cd, ab).Store(target + 16);
        ab = Sse.UnpackHigh(a, b);
        cd = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(target + 32);
        Sse.MoveHighToLow(cd, ab).Store(target + 48);
    }
}
