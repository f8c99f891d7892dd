using System.Runtime.CompilerServices;

namespace ModelPack.Quantize.Blocks;

/// <summary>Eight 6-bit scale codes and eight 6-bit minimum codes in 12 bytes, as Q4_K and Q5_K pack them.</summary>
/// <remarks>
/// Bytes 0–3 hold scales 0–3 and bytes 4–7 minimums 0–3 in their low 6 bits; bytes 8–11 hold the low 4 bits of scales 4–7
/// (low half) and minimums 4–7 (high half), whose upper 2 bits top bytes 0–3 and 4–7.
/// Source: ggml v0.5.0, ggml-quants.c: get_scale_min_k4.
/// </remarks>
[InlineArray(12)]
internal struct KScales
{
    private byte _first;

    /// <summary>Packs eight of each; bits above the sixth of the first four stay where they fall, as in ggml.</summary>
    public void Set(ReadOnlySpan<byte> scaleCodes, ReadOnlySpan<byte> minimumCodes)
    {
        for (int j = 0; j < 4; j++)
        {
            (int scale, int minimum) = (scaleCodes[j + 4], minimumCodes[j + 4]);
            this[j] = (byte)(scaleCodes[j] | (scale >> 4 << 6));
            this[j + 4] = (byte)(minimumCodes[j] | (minimum >> 4 << 6));
            this[j + 8] = (byte)((scale & 15) | (minimum << 4));
        }
    }

    /// <summary>The codes of a sub-block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (int Scale, int Minimum) Get(int j) => j < 4
        ? (this[j] & 63, this[j + 4] & 63)
        : ((this[j + 4] & 15) | (this[j - 4] >> 6 << 4), (this[j + 4] >> 4) | (this[j] >> 6 << 4));
}
