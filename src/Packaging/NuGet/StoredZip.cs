using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ModelPack.Packaging.NuGet;

/// <summary>
/// Writes a zip whose entries are stored as they are: weights do not shrink, and no version of a compressor is in the bytes. There is no
/// time in it, and no Zip64, which NuGet refuses to sign (PKWARE APPNOTE 6.3.10).
/// </summary>
/// <param name="output">An empty stream that can seek; the caller closes it.</param>
internal sealed class StoredZip(Stream output)
{
    /// <summary>Bytes of the record at the end.</summary>
    public const int EndBytes = 22;

    /// <summary>The largest zip that needs no Zip64.</summary>
    public const long MaxBytes = uint.MaxValue - 1;

    private const int MaxEntries = ushort.MaxValue - 1;
    private const int BufferBytes = 1 << 20;
    private const int LocalBytes = 30;
    private const int CentralBytes = 46;
    private const ushort VersionNeeded = 10;
    private const ushort VersionMadeBy = 20;
    private const ushort FirstDay = 0x0021;

    private readonly List<(byte[] Name, uint Crc, long Size, long Offset)> _entries = [];
    private long _directoryBytes;

    /// <summary>Bytes that an entry takes besides its content.</summary>
    /// <param name="name">In ASCII.</param>
    public static long Overhead(string name) => LocalBytes + CentralBytes + (2L * name.Length);

    /// <summary>Adds bytes.</summary>
    public async Task AddAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancel)
    {
        Crc32 crc = new();
        crc.Append(content.Span);
        long offset = Begin(name, content.Length);
        await output.WriteAsync(Local(_entries[^1].Name, crc.Value, content.Length), cancel);
        await output.WriteAsync(content, cancel);
        _entries[^1] = (_entries[^1].Name, crc.Value, content.Length, offset);
    }

    /// <summary>Adds the next bytes of a stream.</summary>
    /// <param name="name">In ASCII, with '/'.</param>
    /// <param name="source">Read from where it is.</param>
    /// <param name="length">Bytes to take.</param>
    /// <param name="seen">Given each run of bytes.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <exception cref="EndOfStreamException">The stream ends earlier.</exception>
    public async Task AddAsync(string name, Stream source, long length, Action<ReadOnlyMemory<byte>> seen, CancellationToken cancel)
    {
        long offset = Begin(name, length);
        byte[] path = _entries[^1].Name;
        Crc32 crc = new();
        await output.WriteAsync(Local(path, 0, length), cancel);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long left = length; left > 0;)
            {
                int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancel);
                if (read == 0)
                {
                    throw new EndOfStreamException($"{left} bytes are missing at its end");
                }

                crc.Append(buffer.AsSpan(0, read));
                seen(buffer.AsMemory(0, read));
                await output.WriteAsync(buffer.AsMemory(0, read), cancel);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        // The checksum stands before the bytes that it is of.
        output.Position = offset;
        await output.WriteAsync(Local(path, crc.Value, length), cancel);
        output.Position = output.Length;
        _entries[^1] = (path, crc.Value, length, offset);
    }

    /// <summary>Writes the directory; nothing may be added afterwards.</summary>
    public async Task FinishAsync(CancellationToken cancel)
    {
        long start = output.Position;
        foreach ((byte[] name, uint crc, long size, long offset) in _entries)
        {
            await output.WriteAsync(Central(name, crc, size, offset), cancel);
        }

        byte[] end = new byte[EndBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), (ushort)_entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), (ushort)_entries.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), (uint)(output.Position - start));
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), (uint)start);
        await output.WriteAsync(end, cancel);
        await output.FlushAsync(cancel);
    }

    private long Begin(string name, long length)
    {
        byte[] path = Encoding.ASCII.GetBytes(name);
        long offset = output.Position;
        _directoryBytes += CentralBytes + path.Length;
        if (_entries.Count == MaxEntries || offset + LocalBytes + path.Length + length + _directoryBytes + EndBytes > MaxBytes)
        {
            throw NuGetFaults.TooLarge(name, _entries.Count + 1, offset + length);
        }

        _entries.Add((path, 0, length, offset));
        return offset;
    }

    private static byte[] Local(byte[] name, uint crc, long size)
    {
        byte[] header = new byte[LocalBytes + name.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x04034b50);
        Common(header.AsSpan(4), name, crc, size);
        name.CopyTo(header, LocalBytes);
        return header;
    }

    private static byte[] Central(byte[] name, uint crc, long size, long offset)
    {
        byte[] header = new byte[CentralBytes + name.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x02014b50);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), VersionMadeBy);
        Common(header.AsSpan(6), name, crc, size);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(42), (uint)offset);
        name.CopyTo(header, CentralBytes);
        return header;
    }

    // What both headers say in the same order: version, flags, method 0 (stored), time, date, checksum, sizes, length of the name.
    private static void Common(Span<byte> fields, byte[] name, uint crc, long size)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(fields, VersionNeeded);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[8..], FirstDay);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[10..], crc);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[14..], (uint)size);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[18..], (uint)size);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)name.Length);
    }
}
