using System.Security.Cryptography;
using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>A file that grows at its end and is hashed as it grows.</summary>
internal sealed class GrowingFile : IDisposable
{
    private readonly FileStream _file;
    private readonly IProgress<long> _progress;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Opens a file, or makes it; what it holds is not hashed yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told the bytes of the file.</param>
    public GrowingFile(string path, IProgress<long> progress)
    {
        _file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.SequentialScan);
        (_progress, Length) = (progress, _file.Length);
    }

    /// <summary>Bytes so far; those that are being appended count when they are written.</summary>
    public long Length { get; private set; }

    /// <summary>Hashes what the file holds.</summary>
    /// <param name="buffer">Room to work in.</param>
    /// <param name="cancel">Stops between buffers.</param>
    public void HashWhatIsThere(Span<byte> buffer, CancellationToken cancel)
    {
        long at = 0;
        for (int read; (read = RandomAccess.Read(_file.SafeFileHandle, buffer, at)) > 0; at += read)
        {
            cancel.ThrowIfCancellationRequested();
            _hash.AppendData(buffer[..read]);
        }

        Length = at;
    }

    /// <summary>Writes bytes at the end and hashes them, on a thread of the pool; the next may be appended when this is done.</summary>
    /// <exception cref="ModelPackException">The file system takes no file of this size; a full disk is an <see cref="IOException"/>.</exception>
    public Task AppendAsync(ReadOnlyMemory<byte> bytes) => Task.Run(() => Append(bytes.Span));

    /// <summary>The digest of all bytes; what is appended afterwards begins a new one.</summary>
    public Digest TakeDigest() => Digest.Of(_hash);

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _file.SetLength(0);
        Length = 0;
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes, Length);
        }
        catch (ArgumentOutOfRangeException fault)
        {
            // What EFBIG comes as: FAT ends at 4 GiB, and a quota may end earlier.
            throw new ModelPackException($"{_file.Name}: the file cannot grow any further there: its file system or a quota sets a limit", fault);
        }

        _hash.AppendData(bytes);
        Length += bytes.Length;
        _progress.Report(Length);
    }
}
