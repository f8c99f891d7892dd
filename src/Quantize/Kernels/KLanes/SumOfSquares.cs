using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Kernels.KLanes;

/// <summary>Sums of squares of super-blocks, four at a time: one sum alone would wait for each of its additions.</summary>
internal static unsafe class SumOfSquares
{
    /// <summary>Fills one sum a super-block of 256 weights.</summary>
    public static void Fill(float* x, Span<float> sums)
    {
        int i = 0;
        for (; i + 4 <= sums.Length; i += 4)
        {
            Four(x + (256 * i), sums.Slice(i, 4));
        }

        for (; i < sums.Length; i++)
        {
            sums[i] = One(x + (256 * i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* x, Span<float> sums)
    {
        float a = 0, b = 0, c = 0, d = 0;
        for (int l = 0; l < 256; l++)
        {
            a += x[l] * x[l];
            b += x[l + 256] * x[l + 256];
            c += x[l + 512] * x[l + 512];
            d += x[l + 768] * x[l + 768];
        }

        (sums[0], sums[1], sums[2], sums[3]) = (a, b, c, d);
    }

    private static float One(float* x)
    {
        float sum = 0;
        for (int l = 0; l < 256; l++)
        {
            sum += x[l] * x[l];
        }

        return sum;
    }
}
