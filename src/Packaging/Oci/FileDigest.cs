using System.Buffers;
using System.Security.Cryptography;

namespace ModelPack.Packaging.Oci;

/// <summary>The digest of a file, in bounded memory.</summary>
internal static class FileDigest
{
    private const int BufferBytes = 1 << 20;

    /// <param name="path">The file.</param>
    /// <param name="progress">Told the bytes read; null for nobody.</param>
    /// <param name="cancel">Stops between buffers.</param>
    public static async Task<Digest> OfAsync(string path, IProgress<long>? progress, CancellationToken cancel)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return (await OfAsync(file, long.MaxValue, progress, cancel)).Digest;
    }

    /// <summary>The digest and the number of the bytes of a stream.</summary>
    /// <param name="stream">Read to its end.</param>
    /// <param name="most">Bytes after which reading stops, for what comes then is not what was asked for.</param>
    /// <param name="progress">Told the bytes read; null for nobody.</param>
    /// <param name="cancel">Stops between buffers.</param>
    public static async Task<(Digest Digest, long Bytes)> OfAsync(Stream stream, long most, IProgress<long>? progress, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long done = 0;
            for (int read; done <= most && (read = await stream.ReadAsync(buffer, cancel)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                progress?.Report(done += read);
            }

            return (Digest.Of(hash), done);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
