using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ModelPack.Models.Onnx.Reading;

/// <summary>Reads protocol buffers' wire format from a file; content that nobody asks for is stepped over, not read.</summary>
/// <param name="handle">Open file; not owned.</param>
/// <param name="file">Name for messages.</param>
/// <param name="length">Length of the file.</param>
/// <remarks>Source: protobuf.dev, "Encoding".</remarks>
internal sealed class OnnxCursor(SafeFileHandle handle, string file, long length)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _buffer = new byte[(int)Math.Min(length, 1 << 16)];
    private long _start;
    private int _filled;
    private long _fields;
    private long _elements;
    private long _records;
    private long _text;
    private string _place = "model";
    private long _index = -1;

    /// <summary>Name of the file, for messages.</summary>
    public string File => file;

    /// <summary>What is being read, for messages.</summary>
    public string Place => _index < 0 ? _place : $"{_place} {_index}";

    /// <summary>Next byte to read.</summary>
    public long Position { get; set; }

    /// <summary>Length of the file.</summary>
    public long Length => length;

    /// <summary>Says what is being read from here on, and counts it.</summary>
    /// <exception cref="InvalidCheckpointException">There are too many of them.</exception>
    public void Enter(string place, long index)
    {
        (_place, _index) = (place, index);
        if (++_records > OnnxLimits.Records)
        {
            throw OnnxFaults.TooMany(file, Place, Position, "nodes, attributes, tensors and values", OnnxLimits.Records);
        }
    }

    /// <summary>Counts names, sizes and numbers.</summary>
    /// <exception cref="InvalidCheckpointException">There are too many of them.</exception>
    public void Count(long elements)
    {
        _elements += elements;
        if (_elements > OnnxLimits.Elements)
        {
            throw OnnxFaults.TooMany(file, Place, Position, "names, sizes and numbers", OnnxLimits.Elements);
        }
    }

    /// <summary>Fields up to a place in the file; after each one the cursor stands behind it, whatever was read of it.</summary>
    public IEnumerable<OnnxField> Fields(long end)
    {
        while (Position < end)
        {
            OnnxField field = Next(end);
            yield return field;
            Position = field.End;
        }
    }

    /// <summary>Fields of a message that stands in a field.</summary>
    public IEnumerable<OnnxField> Fields(OnnxField message)
    {
        RequireBytes(message, "2 (a message)");
        Position = message.Start;
        return Fields(message.End);
    }

    /// <summary>A name.</summary>
    public string Name(OnnxField field) => Text(field, OnnxLimits.NameBytes);

    /// <summary>A text, which must be UTF-8.</summary>
    public string Text(OnnxField field, int most)
    {
        RequireBytes(field, "2 (text)");
        if (field.Length > most)
        {
            throw OnnxFaults.TooLong(file, Place, field, most);
        }

        _text += field.Length;
        if (_text > OnnxLimits.TextBytesInAll)
        {
            throw OnnxFaults.TooMany(file, Place, field.Start, "bytes of names and texts", OnnxLimits.TextBytesInAll);
        }

        Count(1);
        if (field.Length == 0)
        {
            return "";
        }

        byte[]? own = field.Length > _buffer.Length ? new byte[field.Length] : null;
        try
        {
            Position = field.Start;
            return Utf8.GetString(Take((int)field.Length, own));
        }
        catch (DecoderFallbackException)
        {
            throw OnnxFaults.NotUtf8(file, Place, field);
        }
    }

    /// <summary>A whole number; enumerations and booleans are written so too.</summary>
    public long Integer(OnnxField field) =>
        field.Wire == 0 ? (long)field.Value : throw OnnxFaults.WrongWire(file, Place, field, "0 (a whole number)");

    /// <summary>A 32-bit floating point number.</summary>
    public float Single(OnnxField field) =>
        field.Wire == 5 ? BitConverter.UInt32BitsToSingle((uint)field.Value) : throw OnnxFaults.WrongWire(file, Place, field, "5 (32 bits)");

    /// <summary>Adds whole numbers of a repeated field, packed or not.</summary>
    public void Integers(OnnxField field, List<long> target)
    {
        if (field.Wire != 2)
        {
            Count(1);
            target.Add(Integer(field));
            return;
        }

        Position = field.Start;
        while (Position < field.End)
        {
            Count(1);
            target.Add((long)Varint(field.End));
        }
    }

    /// <summary>Adds numbers of a repeated field, packed or not.</summary>
    public void Singles(OnnxField field, List<float> target)
    {
        if (field.Wire != 2)
        {
            Count(1);
            target.Add(Single(field));
            return;
        }

        Count(field.Length / 4);
        Position = field.Start;
        while (Position < field.End)
        {
            target.Add(BinaryPrimitives.ReadSingleLittleEndian(TakeWithin(4, field.End)));
        }
    }

    /// <summary>How many whole numbers a field holds, packed or not; they are looked at, not kept.</summary>
    public long CountIntegers(OnnxField field)
    {
        if (field.Wire != 2)
        {
            _ = Integer(field);
            return 1;
        }

        long count = 0;
        byte last = 0;
        Position = field.Start;
        while (Position < field.End)
        {
            ReadOnlySpan<byte> bytes = Take((int)Math.Min(field.End - Position, _buffer.Length), null);
            foreach (byte part in bytes)
            {
                count += part < 0x80 ? 1 : 0;
            }

            last = bytes[^1];
        }

        return last < 0x80 ? count : throw OnnxFaults.Truncated(file, Place, field.End, 1, 0);
    }

    /// <summary>The bytes of a field, copied.</summary>
    public byte[] Bytes(OnnxField field)
    {
        RequireBytes(field, "2 (bytes)");
        byte[] bytes = new byte[field.Length];
        Position = field.Start;
        Take(bytes.Length, bytes);
        return bytes;
    }

    /// <summary>Checks that a field has a length.</summary>
    public void RequireBytes(OnnxField field, string expected)
    {
        if (field.Wire != 2)
        {
            throw OnnxFaults.WrongWire(file, Place, field, expected);
        }
    }

    private OnnxField Next(long end)
    {
        if (++_fields > OnnxLimits.Fields)
        {
            throw OnnxFaults.TooMany(file, Place, Position, "fields", OnnxLimits.Fields);
        }

        long at = Position;
        ulong tag = Varint(end);
        if (tag >> 3 is 0 or > 0x1FFFFFFF)
        {
            throw OnnxFaults.BadTag(file, Place, at, tag);
        }

        int number = (int)(tag >> 3);
        long start = Position;
        switch (tag & 7)
        {
            case 0:
                ulong value = Varint(end);
                return new(number, 0, value, start, Position);
            case 1:
                return new(number, 1, BinaryPrimitives.ReadUInt64LittleEndian(TakeWithin(8, end)), start, Position);
            case 5:
                return new(number, 5, BinaryPrimitives.ReadUInt32LittleEndian(TakeWithin(4, end)), start, Position);
            case 2:
                ulong size = Varint(end);
                return size <= (ulong)(end - Position)
                    ? new(number, 2, 0, Position, Position + (long)size)
                    : throw OnnxFaults.Truncated(file, Place, Position, size, end - Position);
            default:
                throw OnnxFaults.BadTag(file, Place, at, tag);
        }
    }

    private ulong Varint(long end)
    {
        long at = Position;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = TakeWithin(1, end)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return shift < 63 || part <= 1 ? value : throw OnnxFaults.LongVarint(file, Place, at);
            }
        }

        throw OnnxFaults.LongVarint(file, Place, at);
    }

    private ReadOnlySpan<byte> TakeWithin(int count, long end) =>
        count <= end - Position ? Take(count, null) : throw OnnxFaults.Truncated(file, Place, Position, (ulong)count, end - Position);

    /// <summary>The next bytes, in the cursor's buffer (valid until the next call) or in one that is given.</summary>
    private ReadOnlySpan<byte> Take(int count, byte[]? own)
    {
        if (own is not null)
        {
            Fill(own.AsSpan(0, count), Position, count);
            Position += count;
            return own.AsSpan(0, count);
        }

        if (Position < _start || Position + count > _start + _filled)
        {
            _start = Position;
            _filled = 0;
            _filled = Fill(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, length - Position)), Position, count);
        }

        ReadOnlySpan<byte> bytes = _buffer.AsSpan((int)(Position - _start), count);
        Position += count;
        return bytes;
    }

    /// <summary>Reads as much as there is, and at least so many bytes.</summary>
    private int Fill(Span<byte> target, long from, int least)
    {
        int filled = 0;
        while (filled < target.Length)
        {
            int read;
            try
            {
                read = RandomAccess.Read(handle, target[filled..], from + filled);
            }
            catch (IOException cause)
            {
                throw OnnxFaults.CannotRead(file, cause);
            }

            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled >= least ? filled : throw OnnxFaults.Truncated(file, Place, from, (ulong)least, filled);
    }
}
