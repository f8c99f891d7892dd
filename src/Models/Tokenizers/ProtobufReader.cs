using System.Buffers.Binary;

namespace ModelPack.Models.Tokenizers;

/// <summary>Protocol buffers' wire format: fields of a message one after another, everything checked against the bytes left.</summary>
internal ref struct ProtobufReader
{
    private readonly string _file;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _start;
    private int _position;

    /// <summary>Starts a message.</summary>
    /// <param name="file">File name for messages.</param>
    /// <param name="bytes">The message.</param>
    /// <param name="start">Where it starts in the file.</param>
    public ProtobufReader(string file, ReadOnlySpan<byte> bytes, long start = 0)
    {
        _file = file;
        _bytes = bytes;
        _start = start;
    }

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Value of a field of wire type 0 (varint), 1 or 5 (fixed 64 and 32 bits, as they are).</summary>
    public ulong Number { get; private set; }

    /// <summary>Bytes of a field of wire type 2; empty for others.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Wire type of the current field.</summary>
    public int WireType { get; private set; }

    /// <summary>First byte of <see cref="Bytes"/> in the file.</summary>
    public readonly long Offset => _start + _position - Bytes.Length;

    /// <summary>The current field as a 32-bit float.</summary>
    public readonly float Single => WireType == 5 ? BitConverter.UInt32BitsToSingle((uint)Number) : throw Fault("no 32-bit number");

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidCheckpointException">The message ends within a field, or is no protocol buffer.</exception>
    public bool Next()
    {
        if (_position == _bytes.Length)
        {
            return false;
        }

        Bytes = default;
        ulong tag = Varint();
        WireType = (int)(tag & 7);
        Field = tag >> 3 is > 0 and <= 0x1FFFFFFF and ulong field ? (int)field : throw Fault($"field number {tag >> 3}");
        switch (WireType)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                Bytes = Take(Varint());
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw Fault($"wire type {WireType}");
        }

        return true;
    }

    /// <summary>The current field as a message.</summary>
    public readonly ProtobufReader Message() =>
        WireType == 2 ? new ProtobufReader(_file, Bytes, Offset) : throw Fault($"field {Field} is no message");

    /// <summary>A fault at the current place.</summary>
    public readonly InvalidCheckpointException Fault(string problem) =>
        TokenizerFaults.BadProtobuf(_file, _start + _position, problem);

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _position))
        {
            throw Fault($"{count} bytes wanted, {_bytes.Length - _position} left");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Fault("a number of more than 64 bits");
    }
}
