using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace ModelPack.Models.Tensors.Kernels;

/// <summary>Takes small unsigned integers out of little-endian int32 words, as float32.</summary>
internal static class Unpack
{
    /// <summary>Codes of one row, packed side by side from the low bits up; 32 / bits of them in a word.</summary>
    /// <param name="words">Words, from the one that holds <paramref name="first"/>.</param>
    /// <param name="first">Index of the first code within the first word.</param>
    /// <param name="bits">1 to 8.</param>
    /// <param name="order">Place in the word of each of its codes; empty where they lie in order.</param>
    /// <param name="offset">Subtracted from every code.</param>
    /// <param name="destination">Filled completely.</param>
    public static void Across(ReadOnlySpan<byte> words, int first, int bits, ReadOnlySpan<byte> order, float offset, Span<float> destination)
    {
        int perWord = 32 / bits;
        Span<int> shifts = stackalloc int[perWord];
        for (int place = 0; place < perWord; place++)
        {
            shifts[place] = bits * (order.IsEmpty ? place : order[place]);
        }

        int i = first == 0 && order.IsEmpty && bits == 4 ? Nibbles(words, offset, destination) : 0;
        uint mask = (1u << bits) - 1;
        while (i < destination.Length)
        {
            (int index, int skip) = Math.DivRem(first + i, perWord);
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(words[(index * 4)..]);
            int count = Math.Min(perWord - skip, destination.Length - i);
            for (int n = 0; n < count; n++)
            {
                destination[i + n] = (int)((word >> shifts[skip + n]) & mask) - offset;
            }

            i += count;
        }
    }

    /// <summary>One row of codes that are packed down the columns: each word holds a code of this row at the same place.</summary>
    /// <param name="words">One word a column.</param>
    /// <param name="place">Place of this row's code in its words.</param>
    /// <param name="bits">1 to 8.</param>
    /// <param name="offset">Subtracted from every code.</param>
    /// <param name="destination">Filled completely.</param>
    public static void Down(ReadOnlySpan<byte> words, int place, int bits, float offset, Span<float> destination)
    {
        int shift = place * bits;
        uint mask = (1u << bits) - 1;
        int i = 0;
        for (; i <= destination.Length - 4; i += 4)
        {
            Vector128<uint> four = Vector128.Create(words[(i * 4)..]).AsUInt32();
            if (!BitConverter.IsLittleEndian)
            {
                break;
            }

            Vector128<int> codes = ((four >> shift) & Vector128.Create(mask)).AsInt32();
            (Vector128.ConvertToSingle(codes) - Vector128.Create(offset)).CopyTo(destination[i..]);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = ((BinaryPrimitives.ReadUInt32LittleEndian(words[(i * 4)..]) >> shift) & mask) - offset;
        }
    }

    /// <summary>Whole blocks of 32 nibbles, low nibble first; returns how many were taken.</summary>
    private static int Nibbles(ReadOnlySpan<byte> bytes, float offset, Span<float> destination)
    {
        if (!BitConverter.IsLittleEndian)
        {
            return 0;
        }

        int i = 0;
        for (; i <= destination.Length - 32; i += 32)
        {
            // A byte widened to 16 bits and or-ed with itself shifted by 4 has its two nibbles in the low halves of two bytes.
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Create(bytes[(i / 2)..]));
            Store(((low | (low << 4)) & Vector128.Create((ushort)0x0F0F)).AsByte(), offset, destination[i..]);
            Store(((high | (high << 4)) & Vector128.Create((ushort)0x0F0F)).AsByte(), offset, destination[(i + 16)..]);
        }

        return i;
    }

    private static void Store(Vector128<byte> codes, float offset, Span<float> destination)
    {
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(codes);
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
        Vector128<float> subtracted = Vector128.Create(offset);
        (Vector128.ConvertToSingle(a.AsInt32()) - subtracted).CopyTo(destination);
        (Vector128.ConvertToSingle(b.AsInt32()) - subtracted).CopyTo(destination[4..]);
        (Vector128.ConvertToSingle(c.AsInt32()) - subtracted).CopyTo(destination[8..]);
        (Vector128.ConvertToSingle(d.AsInt32()) - subtracted).CopyTo(destination[12..]);
    }
}
