using Microsoft.Win32.SafeHandles;

namespace ModelPack.Models.Gguf;

/// <summary>One open GGUF file: a whole model, or a part of a split one.</summary>
internal sealed class GgufPart : IDisposable
{
    private readonly SafeFileHandle _handle;

    private GgufPart(string path, SafeFileHandle handle, GgufHeader header) =>
        (Path, _handle, Header) = (path, handle, header);

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>Name for messages.</summary>
    public string FileName => System.IO.Path.GetFileName(Path);

    public GgufHeader Header { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="ModelPackException">The file cannot be opened, is broken or is not supported.</exception>
    public static GgufPart Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw GgufFaults.IsFolder(path);
        }

        SafeFileHandle handle = OpenHandle(path);
        try
        {
            long length = RandomAccess.GetLength(handle);
            GgufCursor cursor = new(handle, System.IO.Path.GetFileName(path), length);
            return new GgufPart(path, handle, GgufReader.Read(cursor, length));
        }
        catch (NotSupportedException cause)
        {
            handle.Dispose();
            throw GgufFaults.CannotOpen(path, cause);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads bytes of the data section; safe from many threads.</summary>
    /// <param name="place">Tensor's name, for messages.</param>
    /// <param name="offset">Relative to the data section.</param>
    /// <param name="destination">Filled completely.</param>
    /// <exception cref="ModelPackException">The file ends early or cannot be read.</exception>
    public void Read(string place, long offset, Span<byte> destination)
    {
        long at = Header.DataOffset + offset;
        while (!destination.IsEmpty)
        {
            int read;
            try
            {
                read = RandomAccess.Read(_handle, destination, at);
            }
            catch (IOException cause)
            {
                throw GgufFaults.CannotRead(FileName, cause);
            }

            if (read == 0)
            {
                throw GgufFaults.Truncated(FileName, place, at, destination.Length, 0);
            }

            at += read;
            destination = destination[read..];
        }
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            return InputFile.HasContent(path)
                ? File.OpenHandle(path)
                : throw GgufFaults.Empty(System.IO.Path.GetFileName(path));
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw GgufFaults.NoSuchFile(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw GgufFaults.CannotOpen(path, cause);
        }
    }
}
