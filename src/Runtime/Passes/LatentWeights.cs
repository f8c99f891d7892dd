using ModelPack.Models.Architectures;
using ModelPack.Runtime.Interop;

namespace ModelPack.Runtime.Passes;

/// <summary>Puts the halves of latent attention's kv_b, as GGUF has them, back into the whole: [heads × (nope + value)] rows of rank columns.</summary>
internal static class LatentWeights
{
    /// <summary>Replaces the values' rows.</summary>
    /// <param name="values">[heads × value] rows of rank columns; empty to leave what is there.</param>
    /// <param name="spec">Sizes.</param>
    /// <param name="whole">Where to.</param>
    public static void PutValues(ReadOnlySpan<float> values, AttentionSpec.Latent spec, FloatRows whole)
    {
        Check("attention.v_b", values.Length, (long)spec.Heads * spec.ValueSize, spec.KeyValueRank);
        int size = spec.ValueSize * spec.KeyValueRank;
        for (int head = 0; head * size < values.Length; head++)
        {
            values.Slice(head * size, size).CopyTo(whole.Slice(FirstRow(spec, head) + spec.NopeSize, spec.ValueSize).Span);
        }
    }

    /// <summary>Replaces the keys' rows.</summary>
    /// <param name="turned">[heads × rank] rows of nope columns; empty to leave what is there.</param>
    /// <param name="spec">Sizes.</param>
    /// <param name="whole">Where to.</param>
    public static void PutKeys(ReadOnlySpan<float> turned, AttentionSpec.Latent spec, FloatRows whole)
    {
        (int nope, int rank) = (spec.NopeSize, spec.KeyValueRank);
        Check("attention.k_b", turned.Length, (long)spec.Heads * rank, nope);
        for (int head = 0; head * rank * nope < turned.Length; head++)
        {
            ReadOnlySpan<float> from = turned.Slice(head * rank * nope, rank * nope);
            Span<float> to = whole.Slice(FirstRow(spec, head), nope).Span;
            for (int row = 0; row < nope; row++)
            {
                for (int column = 0; column < rank; column++)
                {
                    to[(row * rank) + column] = from[(column * nope) + row];
                }
            }
        }
    }

    private static long FirstRow(AttentionSpec.Latent spec, int head) => (long)head * (spec.NopeSize + spec.ValueSize);

    private static void Check(string role, long length, long rows, int columns)
    {
        if (length != 0 && length != rows * columns)
        {
            throw RuntimeFaults.WrongReplacement(role, length, rows, columns);
        }
    }
}
