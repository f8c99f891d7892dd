using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.S3.Model;
using ModelPack.Models;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.S3;

/// <summary>
/// Sends a blob to a bucket, large ones in parts. The object has its name only when all parts are there and their bytes have the right
/// digest. Parts of an earlier run that are the same are not sent again (S3 user guide, "Multipart upload").
/// </summary>
/// <param name="connection">The service.</param>
/// <param name="bucket">The bucket.</param>
/// <param name="key">Name of the object.</param>
/// <param name="blob">What it will hold.</param>
internal sealed class S3Upload(S3Connection connection, string bucket, string key, Descriptor blob)
{
    private const int SmallestPart = 8 << 20;
    private const int MostParts = 10_000;
    private const int Parallel = 2;

    private readonly int _partBytes = checked((int)Math.Max(SmallestPart, (blob.Size + MostParts - 1) / MostParts));

    /// <exception cref="InvalidPackageException">The source's bytes have another digest.</exception>
    /// <exception cref="ModelPackException">The service refused.</exception>
    public async Task RunAsync(PackageStore source, IProgress<long> progress, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using Stream stream = await source.OpenBlobAsync(blob, 0, cancel);
        if (blob.Size > _partBytes)
        {
            await SendPartsAsync(source, stream, hash, progress, cancel);
            return;
        }

        byte[] bytes = new byte[blob.Size];
        await ReadAsync(source, stream, bytes, cancel);
        hash.AppendData(bytes);
        CheckDigest(source, hash);
        await connection.RunAsync($"PUT {key}", client => client.PutObjectAsync(
            new()
            {
                BucketName = bucket,
                Key = key,
                InputStream = new MemoryStream(bytes),
                ContentType = "application/octet-stream",
                UseChunkEncoding = false,
                DisablePayloadSigning = connection.IsSecret,
            },
            cancel));
        progress.Report(blob.Size);
    }

    private async Task SendPartsAsync(PackageStore source, Stream stream, IncrementalHash hash, IProgress<long> progress, CancellationToken cancel)
    {
        (string upload, Dictionary<int, PartDetail> known) = await OpenAsync(cancel);
        List<Task<PartETag>> parts = [];
        long done = 0;
        try
        {
            for (int number = 1; done < blob.Size; number++)
            {
                int length = (int)Math.Min(_partBytes, blob.Size - done);
                if (parts.Count >= Parallel)
                {
                    await parts[^Parallel];
                }

                byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
                try
                {
                    await ReadAsync(source, stream, buffer.AsMemory(0, length), cancel);
                }
                catch
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    throw;
                }

                hash.AppendData(buffer, 0, length);
                parts.Add(SendAsync(upload, number, buffer, length, known.GetValueOrDefault(number), cancel));
                progress.Report(done += length);
            }
        }
        finally
        {
            // No part may still be under way when its upload is ended or given up.
            await ((Task)Task.WhenAll(parts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        List<PartETag> tags = [.. await Task.WhenAll(parts)];
        try
        {
            CheckDigest(source, hash);
        }
        catch (InvalidPackageException)
        {
            await connection.RunAsync($"DELETE {key}", client => client.AbortMultipartUploadAsync(bucket, key, upload, cancel));
            throw;
        }

        await connection.RunAsync($"POST {key}", client => client.CompleteMultipartUploadAsync(
            new() { BucketName = bucket, Key = key, UploadId = upload, PartETags = tags }, cancel));
    }

    // An upload that a killed run left, with its parts, or a new one.
    private async Task<(string Upload, Dictionary<int, PartDetail> Parts)> OpenAsync(CancellationToken cancel)
    {
        ListMultipartUploadsResponse open = await connection.RunAsync($"GET {key}", client => client.ListMultipartUploadsAsync(
            new ListMultipartUploadsRequest { BucketName = bucket, Prefix = key }, cancel));
        MultipartUpload? left = open.MultipartUploads?.Where(u => u.Key == key).MaxBy(static u => u.Initiated);
        if (left is null)
        {
            InitiateMultipartUploadResponse made = await connection.RunAsync($"POST {key}", client => client.InitiateMultipartUploadAsync(
                new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, ContentType = "application/octet-stream" }, cancel));
            return (made.UploadId, []);
        }

        Dictionary<int, PartDetail> parts = [];
        for (string? after = null; ;)
        {
            ListPartsResponse page = await connection.RunAsync($"GET {key}", client => client.ListPartsAsync(
                new() { BucketName = bucket, Key = key, UploadId = left.UploadId, PartNumberMarker = after }, cancel));
            foreach (PartDetail part in page.Parts ?? [])
            {
                parts[part.PartNumber ?? 0] = part;
            }

            string? next = page.NextPartNumberMarker?.ToString(CultureInfo.InvariantCulture);
            if (page.IsTruncated is not true || next is null || next == after || parts.Count > MostParts)
            {
                return (left.UploadId, parts);
            }

            after = next;
        }
    }

    private async Task<PartETag> SendAsync(string upload, int number, byte[] buffer, int length, PartDetail? known, CancellationToken cancel)
    {
        try
        {
            if (known is not null && known.Size == length && known.ETag.Trim('"') == Md5(buffer.AsSpan(0, length)))
            {
                return new(number, known.ETag);
            }

            UploadPartResponse sent = await connection.RunAsync($"PUT {key} part {number}", client => client.UploadPartAsync(
                new()
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = number,
                    PartSize = length,
                    InputStream = new MemoryStream(buffer, 0, length, writable: false),
                    UseChunkEncoding = false,
                    DisablePayloadSigning = connection.IsSecret,
                },
                cancel));
            return new(number, sent.ETag);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [SuppressMessage("Security", "CA5351", Justification = "S3 names parts by their MD5. It only tells whether a part is sent again; the whole is checked by SHA-256.")]
    private static string Md5(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));

    private void CheckDigest(PackageStore source, IncrementalHash hash)
    {
        Digest digest = Digest.Of(hash);
        if (digest != blob.Digest)
        {
            throw new InvalidPackageException($"{source.Name}: blob {blob.Digest}: its bytes have the digest {digest}");
        }
    }

    private async Task ReadAsync(PackageStore source, Stream stream, Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            await stream.ReadExactlyAsync(buffer, cancel);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or TimeoutException)
        {
            throw new ModelPackException($"{source.Name}: blob {blob.Digest}: broke off: {fault.Message.TrimEnd('.')}", fault);
        }
    }
}
