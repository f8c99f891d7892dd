using System.Numerics;
using System.Runtime.InteropServices;

namespace ModelPack.Quantize.Kernels;

/// <summary>Looks for weights that are no numbers: infinities and NaN.</summary>
internal static class FiniteScan
{
    private const int Exponent = 0x7F800000;

    /// <summary>Index of the first weight that is not finite; -1 when all are.</summary>
    public static int IndexOfNonFinite(ReadOnlySpan<float> weights)
    {
        ReadOnlySpan<Vector<int>> vectors = MemoryMarshal.Cast<float, Vector<int>>(weights);
        Vector<int> exponent = new(Exponent);
        int start = 0;
        foreach (Vector<int> bits in vectors)
        {
            if (Vector.EqualsAny(bits & exponent, exponent))
            {
                break;
            }

            start += Vector<int>.Count;
        }

        for (int i = start; i < weights.Length; i++)
        {
            if (!float.IsFinite(weights[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Index of the first weight whose magnitude exceeds a limit; -1 when none does.</summary>
    public static int IndexOfGreater(ReadOnlySpan<float> weights, float limit)
    {
        Vector<float> limits = new(limit);
        int start = 0;
        foreach (Vector<float> values in MemoryMarshal.Cast<float, Vector<float>>(weights))
        {
            if (Vector.GreaterThanAny(Vector.Abs(values), limits))
            {
                break;
            }

            start += Vector<float>.Count;
        }

        for (int i = start; i < weights.Length; i++)
        {
            if (MathF.Abs(weights[i]) > limit)
            {
                return i;
            }
        }

        return -1;
    }
}
