using System.Security.Cryptography;

namespace ModelPack.Quantize.Onnx;

/// <summary>Hashes of files that do not fit in memory.</summary>
internal static class FileHash
{
    private const int BufferBytes = 1 << 20;

    /// <summary>SHA-256 of a file in lower-case hex.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<string> Sha256Async(string path, CancellationToken cancel)
    {
        using FileStream file = new(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite,
            Options = FileOptions.SequentialScan,
            BufferSize = 0,
        });
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        for (int read = 1; read > 0;)
        {
            cancel.ThrowIfCancellationRequested();
            read = await file.ReadAsync(buffer, cancel).ConfigureAwait(false);
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
