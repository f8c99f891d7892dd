using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace ModelPack.Models.Gguf;

/// <summary>Reads a header front to back through one buffer; never hands out bytes that are not there.</summary>
/// <param name="handle">Open file; not owned.</param>
/// <param name="file">Name for messages.</param>
/// <param name="length">Length of the file.</param>
internal sealed class GgufCursor(SafeFileHandle handle, string file, long length)
{
    private byte[] _buffer = new byte[(int)Math.Min(length, 1 << 18)];
    private long _start;
    private int _next;
    private int _filled;

    /// <summary>Name of the file, for messages.</summary>
    public string File => file;

    /// <summary>What is being read, for messages: "header", a key, a tensor.</summary>
    public string Place { get; set; } = "header";

    /// <summary>Next byte to read.</summary>
    public long Position => _start + _next;

    /// <summary>Bytes from here to the end of the file.</summary>
    public long Left => length - Position;

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>The next bytes, valid until the next call.</summary>
    /// <exception cref="InvalidCheckpointException">The file ends before them.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
        {
            throw GgufFaults.Truncated(file, Place, Position, count, Left);
        }

        if (count > _filled - _next)
        {
            Fill(count);
        }

        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_next, count);
        _next += count;
        return bytes;
    }

    private void Fill(int count)
    {
        int kept = _filled - _next;
        byte[] target = count <= _buffer.Length ? _buffer : new byte[count];
        _buffer.AsSpan(_next, kept).CopyTo(target);
        (_buffer, _start, _next, _filled) = (target, _start + _next, 0, kept);
        while (_filled < count)
        {
            int read;
            try
            {
                read = RandomAccess.Read(handle, _buffer.AsSpan(_filled), _start + _filled);
            }
            catch (IOException cause)
            {
                throw GgufFaults.CannotRead(file, cause);
            }

            if (read == 0)
            {
                throw GgufFaults.Truncated(file, Place, Position, count, _filled);
            }

            _filled += read;
        }
    }
}
