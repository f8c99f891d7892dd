using System.Buffers.Binary;
using System.Text;
using ModelPack.Models;

namespace ModelPack.Quantize.Importance;

/// <summary>
/// Reads the older ".dat" format, little-endian: int32 entries; each int32 length, name, int32 batches, int32 values,
/// float sums; then, in newer files, int32 chunks, int32 length, dataset.
/// </summary>
internal sealed class LegacyImportanceReader : IDisposable
{
    private const int MaxTextBytes = 65535;

    /// <summary>Lengths, counts, a character and a value.</summary>
    private const int MinEntryBytes = 4 + 1 + 4 + 4 + 4;

    private readonly FileStream _stream;
    private readonly long _length;
    private readonly string _file;
    private byte[] _scratch = new byte[256];
    private string _place = "header";

    private LegacyImportanceReader(string path)
    {
        _stream = Open(path);
        _length = _stream.Length;
        _file = Path.GetFileName(path);
    }

    private long Left => _length - _stream.Position;

    /// <summary>Whether the file can only be of this format: it is no GGUF, no Git LFS pointer and not too short.</summary>
    /// <exception cref="ModelPackException">The file cannot be read.</exception>
    public static bool IsLegacy(string path)
    {
        try
        {
            if (!File.Exists(path) || !InputFile.HasContent(path))
            {
                // The GGUF reader says what is wrong with a path.
                return false;
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw ImportanceFaults.CannotRead(path, cause);
        }

        using LegacyImportanceReader reader = new(path);
        if (reader.Left < 4)
        {
            return false;
        }

        ReadOnlySpan<byte> start = reader.Take(4);
        return !start.SequenceEqual("GGUF"u8) && !start.SequenceEqual("vers"u8);
    }

    public static ImportanceMatrix Read(string path)
    {
        LegacyImportanceReader reader = new(path);
        try
        {
            return reader.Read() with { File = reader, Path = path };
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public void Dispose() => _stream.Dispose();

    private ImportanceMatrix Read()
    {
        int count = ReadInt32();
        if (count <= 0 || count > Left / MinEntryBytes)
        {
            throw ImportanceFaults.NotLegacy(_file, count, Left);
        }

        Dictionary<string, ImportanceEntry> entries = [];
        for (int i = 0; i < count; i++)
        {
            _place = $"entry {i}";
            ImportanceEntry entry = ReadEntry();
            if (!entries.TryAdd(entry.Name, entry))
            {
                throw ImportanceFaults.Duplicate(_file, entry.Name);
            }
        }

        _place = "end";
        int chunks = Left > 0 ? ReadInt32() : 0;
        if (chunks < 0)
        {
            throw ImportanceFaults.BadChunks(_file, _place, $"{chunks} chunks");
        }

        string dataset = Left > 0 ? ReadText("a dataset name") : "";
        return new ImportanceMatrix(entries, dataset.Length > 0 ? [dataset] : [], chunks, 0);
    }

    private ImportanceEntry ReadEntry()
    {
        string name = ReadText("a name");
        _place = name.Length > 0 ? name : throw ImportanceFaults.BadLength(_file, _place, "a name", 0, Left);
        int batches = ReadInt32();
        if (batches < 0)
        {
            throw ImportanceFaults.BadCount(_file, name, 0, batches);
        }

        int count = ReadInt32();
        if (count <= 0 || count > ImportanceFaults.MaxValues || count > Left / 4)
        {
            throw ImportanceFaults.BadLength(_file, name, "a number of values", count, Left);
        }

        // They are read by position, past this stream, which then skips them.
        long offset = _stream.Position;
        LegacyImportanceValues values = new(_stream.SafeFileHandle, _file, name, offset, count, batches);
        values.Check();
        _stream.Position = offset + ((long)sizeof(float) * count);
        return new ImportanceEntry(name, count, 1, values, [batches]);
    }

    private int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private string ReadText(string what)
    {
        int length = ReadInt32();
        return length is >= 0 and <= MaxTextBytes && length <= Left
            ? Encoding.UTF8.GetString(Take(length))
            : throw ImportanceFaults.BadLength(_file, _place, what, length, Left);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Left)
        {
            throw ImportanceFaults.Truncated(_file, _place, _stream.Position, count, Left);
        }

        if (count > _scratch.Length)
        {
            _scratch = new byte[count];
        }

        try
        {
            _stream.ReadExactly(_scratch, 0, count);
            return _scratch.AsSpan(0, count);
        }
        catch (IOException cause)
        {
            throw ImportanceFaults.CannotRead(_file, cause);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw ImportanceFaults.CannotRead(path, cause);
        }
    }
}
