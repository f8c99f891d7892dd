using System.Net;
using System.Net.Http.Headers;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Registries;

public sealed partial class RegistryStore
{
    public override async Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancel)
    {
        Uri uri = _connection.At($"blobs/{blob.Digest}");
        using HttpResponseMessage response = await _connection.SendSafelyAsync(() => new(HttpMethod.Head, uri), cancel);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => response.Content.Headers.ContentLength is not { } length || length == blob.Size,
            HttpStatusCode.NotFound => false,
            _ => throw await RegistryConnection.RefusalAsync(HttpMethod.Head, uri, response, cancel),
        };
    }

    public override async Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancel)
    {
        Uri uri = _connection.At($"blobs/{blob.Digest}");
        HttpResponseMessage response = await _connection.SendSafelyAsync(
            () =>
            {
                HttpRequestMessage request = new(HttpMethod.Get, uri);
                request.Headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
                return request;
            },
            cancel);
        try
        {
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            {
                throw await RegistryConnection.RefusalAsync(HttpMethod.Get, uri, response, cancel);
            }

            long start = response.StatusCode == HttpStatusCode.OK ? 0 : response.Content.Headers.ContentRange?.From ?? -1;
            long? length = response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : response.Content.Headers.ContentRange?.Length;
            if ((start != offset && start != 0) || (length is { } told && told != blob.Size))
            {
                throw new InvalidPackageException(
                    $"{Name}: blob {blob.Digest}: asked for the bytes from {offset} of {blob.Size}, the registry sends those from {start} of {length}");
            }

            BlobStream stream = new(response, await response.Content.ReadAsStreamAsync(cancel), _options.Stall, cancel);
            await SkipAsync(stream, offset - start, cancel);
            return stream;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public override int RangeBytes => _options.RangeBytes;

    public override long FastBytesPerSecond => _options.FastBytesPerSecond;

    public override async Task<Stream?> OpenRangeAsync(Descriptor blob, long offset, long length, CancellationToken cancel)
    {
        Uri uri = _connection.At($"blobs/{blob.Digest}");
        HttpResponseMessage response = await _connection.SendSafelyAsync(
            () => new(HttpMethod.Get, uri) { Headers = { Range = new RangeHeaderValue(offset, offset + length - 1) } }, cancel);
        try
        {
            if (response.StatusCode == HttpStatusCode.OK)
            {
                response.Dispose();
                return null;
            }

            if (response.StatusCode != HttpStatusCode.PartialContent)
            {
                throw await RegistryConnection.RefusalAsync(HttpMethod.Get, uri, response, cancel);
            }

            ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
            if (range?.From != offset || range.To >= offset + length || (range.Length is { } told && told != blob.Size))
            {
                throw new InvalidPackageException(
                    $"{Name}: blob {blob.Digest}: asked for the bytes from {offset} to {offset + length - 1} of {blob.Size}, the registry sends '{range}'");
            }

            return new BlobStream(response, await response.Content.ReadAsStreamAsync(cancel), _options.Stall, cancel);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    // A registry that knows no ranges sends the blob from its start.
    private static async Task SkipAsync(BlobStream stream, long bytes, CancellationToken cancel)
    {
        byte[] buffer = new byte[bytes > 0 ? 1 << 16 : 0];
        while (bytes > 0)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes)), cancel);
            bytes = read > 0 ? bytes - read : throw new IOException("the answer ends before the range that was asked for");
        }
    }
}
