using System.Buffers.Binary;

namespace ModelPack.Packaging.NuGet;

/// <summary>The checksum of zip entries (PKWARE APPNOTE 4.4.7: polynomial 0xEDB88320, reflected), eight bytes at a step.</summary>
internal sealed class Crc32
{
    private static readonly uint[][] Tables = Build();

    private uint _state = ~0u;

    /// <summary>The checksum of all bytes so far.</summary>
    public uint Value => ~_state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        uint state = _state;
        uint[][] t = Tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ state;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            state = t[7][low & 0xff] ^ t[6][(low >> 8) & 0xff] ^ t[5][(low >> 16) & 0xff] ^ t[4][low >> 24]
                ^ t[3][high & 0xff] ^ t[2][(high >> 8) & 0xff] ^ t[1][(high >> 16) & 0xff] ^ t[0][high >> 24];
        }

        foreach (byte value in bytes)
        {
            state = (state >> 8) ^ t[0][(state ^ value) & 0xff];
        }

        _state = state;
    }

    // Table k takes a byte k places further on.
    private static uint[][] Build()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(static _ => new uint[256])];
        for (uint value = 0; value < 256; value++)
        {
            uint remainder = value;
            for (int bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) == 0 ? remainder >> 1 : (remainder >> 1) ^ 0xedb88320;
            }

            tables[0][value] = remainder;
        }

        for (int step = 1; step < 8; step++)
        {
            for (int value = 0; value < 256; value++)
            {
                uint before = tables[step - 1][value];
                tables[step][value] = (before >> 8) ^ tables[0][before & 0xff];
            }
        }

        return tables;
    }
}
