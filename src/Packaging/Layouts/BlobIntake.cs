using System.Buffers;
using System.Security.Cryptography;
using ModelPack.Models;
using ModelPack.Packaging.Interop;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Packing;

namespace ModelPack.Packaging.Layouts;

/// <summary>Takes files into a layout: each is read once, hashed while it is copied, and named by its digest when it is complete.</summary>
/// <param name="layout">Where to.</param>
/// <param name="link">Give the layout a second name of the file instead of a copy, where the disk can.</param>
internal sealed class BlobIntake(LayoutStore layout, bool link)
{
    private const int BufferBytes = 1 << 20;

    /// <param name="file">The file, on the disk.</param>
    /// <param name="mediaType">Its type.</param>
    /// <param name="progress">Told the bytes read of this file.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <exception cref="ModelPackException">The file cannot be read, or changed meanwhile.</exception>
    public async Task<Descriptor> TakeAsync(PackageFile file, string mediaType, IProgress<long> progress, CancellationToken cancel)
    {
        string path = file.Source ?? throw new ArgumentException("The file is not on the disk.", nameof(file));
        string partial = layout.IncomingPath(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        try
        {
            FileInfo before = Target(path);
            bool linked = link && file.Shard is null && HardLink.TryCreate(before.FullName, partial);
            (Digest digest, long size) = await HashAsync(file, linked ? null : partial, progress, cancel);
            FileInfo after = Target(path);
            if (size != file.Bytes || after.Length != before.Length || after.LastWriteTimeUtc != before.LastWriteTimeUtc)
            {
                throw new ModelPackException($"{path}: was changed while it was read; pack it when nothing writes to it");
            }

            if (File.Exists(layout.BlobPath(digest)))
            {
                File.Delete(partial);
            }
            else
            {
                File.Move(partial, layout.BlobPath(digest));
            }

            return new(mediaType, digest, size);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{path}: cannot be packed: {fault.Message.TrimEnd('.')}", fault);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<(Digest Digest, long Size)> HashAsync(PackageFile file, string? copy, IProgress<long> progress, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using Stream source = file.Open();
            await using FileStream? target = copy is null ? null
                : new(copy, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            long size = 0;
            for (int read; (read = await source.ReadAsync(buffer, cancel)) > 0;)
            {
                hash.AppendData(buffer, 0, read);
                if (target is not null)
                {
                    await target.WriteAsync(buffer.AsMemory(0, read), cancel);
                }

                progress.Report(size += read);
            }

            return (Digest.Of(hash), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The hub's cache is made of links: what counts is the file behind them.
    private static FileInfo Target(string path)
    {
        FileInfo file = new(path);
        return file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }
}
