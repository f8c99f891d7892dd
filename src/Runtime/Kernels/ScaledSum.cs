using System.Numerics;

namespace ModelPack.Runtime.Kernels;

/// <summary>target += factor × source.</summary>
internal static class ScaledSum
{
    /// <summary>Adds a multiple of one row to another of the same length.</summary>
    public static void Add(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        int i = 0;
        for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Span<float> part = target.Slice(i, Vector<float>.Count);
            (new Vector<float>(part) + (new Vector<float>(source[i..]) * factor)).CopyTo(part);
        }

        for (; i < target.Length; i++)
        {
            target[i] += source[i] * factor;
        }
    }
}
