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
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            long done = 0;
            for (int read; (read = await file.ReadAsync(buffer, cancel)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                progress?.Report(done += read);
            }

            return Digest.Of(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
