using System.Buffers.Binary;
using System.Text;

namespace ModelPack.Tests.Support;

/// <summary>Spells a protocol buffer field by field, valid or not.</summary>
internal sealed class ProtobufBytes
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public ProtobufBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A number without a tag.</summary>
    public ProtobufBytes Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Add((byte)(value | 0x80));
        }

        _bytes.Add((byte)value);
        return this;
    }

    public ProtobufBytes Tag(int field, int wire) => Varint(((ulong)field << 3) | (uint)wire);

    public ProtobufBytes Integer(int field, long value) => Tag(field, 0).Varint((ulong)value);

    public ProtobufBytes Single(int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Tag(field, 5).Raw(bytes);
    }

    public ProtobufBytes Bytes(int field, params ReadOnlySpan<byte> bytes) => Tag(field, 2).Varint((ulong)bytes.Length).Raw(bytes);

    public ProtobufBytes Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public ProtobufBytes Message(int field, ProtobufBytes message) => Bytes(field, message.ToArray());

    /// <summary>Whole numbers in one packed field.</summary>
    public ProtobufBytes Packed(int field, params ReadOnlySpan<long> values)
    {
        ProtobufBytes packed = new();
        foreach (long value in values)
        {
            packed.Varint((ulong)value);
        }

        return Message(field, packed);
    }
}
