using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Blocks;

/// <summary>Puts 4-bit levels in pairs as Q4_K and Q5_K do: level i of 64 with level i + 32.</summary>
internal static class NibblePairs
{
    /// <summary>Writes one byte for two levels; a fifth bit is left out.</summary>
    /// <param name="levels">Levels, a multiple of 64.</param>
    /// <param name="bytes">Half as many bytes.</param>
    public static void Write(ReadOnlySpan<byte> levels, Span<byte> bytes)
    {
        Vector256<byte> low = Vector256.Create((byte)15);
        for (int k = 0; k < levels.Length / 64; k++)
        {
            Vector256<byte> first = Vector256.Create(levels.Slice(64 * k, 32));
            Vector256<byte> second = Vector256.Create(levels.Slice((64 * k) + 32, 32));
            ((first & low) | (second << 4)).CopyTo(bytes.Slice(32 * k, 32));
        }
    }
}
