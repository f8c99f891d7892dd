using Microsoft.Win32.SafeHandles;

namespace ModelPack.Models.Checkpoints;

/// <summary>An open file of weights, read at any position by any number of threads.</summary>
internal sealed class WeightFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private WeightFile(string path, string name, SafeFileHandle handle, long length)
    {
        (Path, Name, Length, _handle) = (path, name, length, handle);
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Path within the checkpoint's folder, for error messages.</summary>
    public string Name { get; }

    /// <summary>Length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file; links are followed, as hub caches are made of them.</summary>
    /// <exception cref="ModelPackException">The file cannot be opened, or is no regular file.</exception>
    public static WeightFile Open(string path, string name)
    {
        try
        {
            if (!InputFile.HasContent(path))
            {
                throw new InvalidCheckpointException($"{name}: 0 bytes; expected a file with content");
            }

            SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return new WeightFile(path, name, handle, RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelPackException($"{name}: cannot be opened: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>Reads exactly the bytes asked for.</summary>
    /// <exception cref="ModelPackException">The file has become shorter, or the disk fails.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(_handle, destination, offset);
                if (read == 0)
                {
                    throw new InvalidCheckpointException($"{Name}: ends at byte {offset}; expected {Length} bytes, as when it was opened");
                }

                destination = destination[read..];
                offset += read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{Name}: cannot be read at byte {offset}: {e.Message.TrimEnd('.')}", e);
        }
    }

    public void Dispose() => _handle.Dispose();
}
