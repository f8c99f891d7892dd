using System.Buffers;
using System.Security.Cryptography;
using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>Brings a blob into a file: hashed while it is written, continued where an earlier try stopped, named only when its digest is right.</summary>
internal static class BlobDownload
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Tries in a row that bring no byte before the download is given up.</summary>
    public const int MaxBarrenTries = 5;

    /// <param name="source">Where the blob is.</param>
    /// <param name="blob">Which.</param>
    /// <param name="partial">Grows; what it holds is kept for the next try when this fails.</param>
    /// <param name="final">Its name when complete; replaced when it is there.</param>
    /// <param name="progress">Told the bytes done.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <exception cref="InvalidPackageException">The bytes have another digest.</exception>
    public static async Task RunAsync(PackageStore source, Descriptor blob, string partial, string final, IProgress<long> progress, CancellationToken cancel)
    {
        using (FileStream file = new(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan))
        {
            // What an earlier run left may be another's: if the digest is wrong, all is fetched once more.
            bool resumed = file.Length > 0;
            if (file.Length > blob.Size)
            {
                file.SetLength(0);
            }

            Digest digest = await FillAsync(source, blob, file, progress, cancel);
            if (digest != blob.Digest && resumed)
            {
                file.SetLength(0);
                digest = await FillAsync(source, blob, file, progress, cancel);
            }

            if (digest != blob.Digest)
            {
                file.SetLength(0);
                throw new InvalidPackageException($"{source.Name}: blob {blob.Digest}: the bytes that came have the digest {digest}");
            }
        }

        File.Move(partial, final, overwrite: true);
    }

    /// <summary>The fault of a download that does not go on.</summary>
    public static ModelPackException BrokeOff(PackageStore source, Descriptor blob, long at, Exception? fault) =>
        new($"{source.Name}: blob {blob.Digest}: broke off at {at} of {blob.Size} bytes{(fault is null ? "" : $": {fault.Message.TrimEnd('.')}")}", fault);

    /// <summary>Writes what came.</summary>
    /// <exception cref="ModelPackException">The file system takes no file of this size; a full disk is an <see cref="IOException"/>.</exception>
    public static async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await file.WriteAsync(bytes, cancel);
        }
        catch (ArgumentOutOfRangeException fault)
        {
            // What EFBIG comes as: FAT ends at 4 GiB, and a quota may end earlier.
            throw new ModelPackException($"{file.Name}: the file cannot grow any further there: its file system or a quota sets a limit", fault);
        }
    }

    /// <summary>How long to wait after tries that brought nothing.</summary>
    public static TimeSpan WaitAfter(int barren) => TimeSpan.FromMilliseconds(200 << barren);

    private static async Task<Digest> FillAsync(PackageStore source, Descriptor blob, FileStream file, IProgress<long> progress, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            file.Position = 0;
            for (int read; (read = await file.ReadAsync(buffer, cancel)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
            }

            if (source.RangeBytes > 0 && blob.Size - file.Position > 2L * source.RangeBytes && await new RangedCopy(source, blob).RunAsync(file, hash, progress, cancel))
            {
                return Digest.Of(hash);
            }

            for (int barren = 0; file.Position < blob.Size;)
            {
                long before = file.Position;
                Exception? fault = await CopyAsync(source, blob, file, hash, buffer, progress, cancel);
                barren = file.Position > before ? 0 : barren + 1;
                if (barren == MaxBarrenTries)
                {
                    throw BrokeOff(source, blob, file.Position, fault);
                }

                if (fault is not null && barren > 0)
                {
                    await Task.Delay(WaitAfter(barren), cancel);
                }
            }

            return Digest.Of(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A connection that breaks is the caller's to mend: what came is hashed and stays.
    private static async Task<Exception?> CopyAsync(
        PackageStore source, Descriptor blob, FileStream file, IncrementalHash hash, byte[] buffer, IProgress<long> progress, CancellationToken cancel)
    {
        await using Stream stream = await source.OpenBlobAsync(blob, file.Position, cancel);
        while (file.Position < blob.Size)
        {
            int read;
            try
            {
                read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, blob.Size - file.Position)), cancel);
            }
            catch (Exception fault) when (fault is IOException or HttpRequestException or TimeoutException)
            {
                return fault;
            }

            if (read == 0)
            {
                return null;
            }

            hash.AppendData(buffer, 0, read);
            await WriteAsync(file, buffer.AsMemory(0, read), cancel);
            progress.Report(file.Position);
        }

        return null;
    }
}
