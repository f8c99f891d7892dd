using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ModelPack.Models.Onnx;

/// <summary>Writes the fields of one protobuf message; nested messages are built whole, then written with their length.</summary>
/// <remarks>Source of the wire format: protobuf.dev/programming-guides/encoding.</remarks>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>The fields so far.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    /// <summary>An integer or enumeration; negative ones take ten bytes.</summary>
    public void Integer(int field, long value)
    {
        Tag(field, Varint);
        Base128((ulong)value);
    }

    /// <summary>A float.</summary>
    public void Float(int field, float value)
    {
        Tag(field, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(_buffer.GetSpan(sizeof(float)), value);
        _buffer.Advance(sizeof(float));
    }

    /// <summary>A text, as UTF-8.</summary>
    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, LengthDelimited);
        Base128((ulong)value.Length);
        _buffer.Write(value);
    }

    /// <summary>A message.</summary>
    public void Message<T>(int field, T value, Action<ProtobufWriter, T> write)
    {
        ProtobufWriter nested = new();
        write(nested, value);
        Bytes(field, nested.Written.Span);
    }

    /// <summary>Messages, one field each.</summary>
    public void Messages<T>(int field, IEnumerable<T> values, Action<ProtobufWriter, T> write)
    {
        foreach (T value in values)
        {
            Message(field, value, write);
        }
    }

    private void Tag(int field, int wireType) => Base128((ulong)((field << 3) | wireType));

    private void Base128(ulong value)
    {
        Span<byte> bytes = _buffer.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[length++] = (byte)(value | 0x80);
        }

        bytes[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
