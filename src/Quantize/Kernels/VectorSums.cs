using System.Numerics;

namespace ModelPack.Quantize.Kernels;

/// <summary>Sums of columns.</summary>
internal static class VectorSums
{
    /// <summary>target += source.</summary>
    public static void Add(Span<float> target, ReadOnlySpan<float> source)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= target.Length; i += Vector<float>.Count)
        {
            (new Vector<float>(target[i..]) + new Vector<float>(source[i..])).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += source[i];
        }
    }

    /// <summary>target = a · x + b · y.</summary>
    public static void Combine(Span<float> target, float a, ReadOnlySpan<float> x, float b, ReadOnlySpan<float> y)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= target.Length; i += Vector<float>.Count)
        {
            ((new Vector<float>(x[i..]) * a) + (new Vector<float>(y[i..]) * b)).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (a * x[i]) + (b * y[i]);
        }
    }

    /// <summary>target += row², in double precision.</summary>
    public static void AddSquares(Span<double> target, ReadOnlySpan<float> row)
    {
        int i = 0;
        int half = Vector<double>.Count;
        for (; i + Vector<float>.Count <= row.Length; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[i..]), out Vector<double> low, out Vector<double> high);
            (new Vector<double>(target[i..]) + (low * low)).CopyTo(target[i..]);
            (new Vector<double>(target[(i + half)..]) + (high * high)).CopyTo(target[(i + half)..]);
        }

        for (; i < row.Length; i++)
        {
            target[i] += (double)row[i] * row[i];
        }
    }
}
