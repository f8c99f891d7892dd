using System.Numerics;
using System.Runtime.InteropServices;

namespace ModelPack.Quantize.Kernels;

/// <summary>Adds the squares of a row to one double-precision sum a column.</summary>
/// <remarks>
/// The square of a float32 is exact in double precision, so that a fused multiply-add rounds like two operations and both variants
/// give the same bits.
/// </remarks>
internal static class ColumnSquares
{
    /// <summary>One column after the other.</summary>
    public static void Scalar(ReadOnlySpan<float> row, Span<double> sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            double value = row[i];
            sums[i] += value * value;
        }
    }

    /// <summary>As many columns at once as the machine has lanes.</summary>
    public static void Best(ReadOnlySpan<float> row, Span<double> sums)
    {
        int width = Vector<float>.Count;
        int whole = sums.Length / width * width;
        Span<Vector<double>> lanes = MemoryMarshal.Cast<double, Vector<double>>(sums[..whole]);
        for (int i = 0; i < whole / width; i++)
        {
            Vector.Widen(new Vector<float>(row[(i * width)..]), out Vector<double> low, out Vector<double> high);
            lanes[2 * i] += low * low;
            lanes[(2 * i) + 1] += high * high;
        }

        Scalar(row[whole..], sums[whole..]);
    }
}
