using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>A feed that speaks the NuGet v3 protocol.</summary>
/// <param name="address">Of its service index.</param>
/// <param name="options">How to speak with it, and as whom.</param>
public sealed class HttpFeed(Uri address, FeedOptions options) : PackageFeed
{
    private readonly FeedConnection _connection = new(address, options);
    private ServiceIndex? _index;

    public override string Name => $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";

    public override async Task<FeedArrival> PutAsync(NuGetArchive package, IProgress<long> progress, CancellationToken cancel)
    {
        ServiceIndex index = _index ??= await IndexAsync(cancel);
        using HttpResponseMessage response = await _connection.PutAsync(index.Publish, deadline => new FeedUpload(package, deadline, progress), cancel);
        return response.StatusCode switch
        {
            HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.Accepted => FeedArrival.Sent,
            HttpStatusCode.Conflict => await CompareAsync(index, package, cancel),
            _ => throw _connection.Refusal(HttpMethod.Put, index.Publish, response),
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<ServiceIndex> IndexAsync(CancellationToken cancel)
    {
        using HttpResponseMessage response = await _connection.GetAsync(address, cancel);
        return response.IsSuccessStatusCode
            ? ServiceIndex.Read(await BoundedBody.ReadAsync(response, ServiceIndex.MaxBytes, Name, cancel), Name)
            : throw _connection.Refusal(HttpMethod.Get, address, response);
    }

    // A feed that signs packages changes their end only, so that what stands before it is compared.
    private async Task<FeedArrival> CompareAsync(ServiceIndex index, NuGetArchive package, CancellationToken cancel)
    {
        if (index.Packages is null)
        {
            return FeedArrival.ThereUnseen;
        }

        Uri uri = new(index.Packages, package.Identity.FeedPath);
        using HttpResponseMessage response = await _connection.GetAsync(uri, cancel);
        if (response.StatusCode is HttpStatusCode.NotFound)
        {
            return FeedArrival.ThereUnseen;
        }

        if (!response.IsSuccessStatusCode)
        {
            throw _connection.Refusal(HttpMethod.Get, uri, response);
        }

        await using FileStream own = new(package.File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using Stream there = await _connection.BodyAsync(response, cancel);
        Digest mine = await HashAsync(own, package.ContentBytes, cancel);
        try
        {
            return await HashAsync(there, package.ContentBytes, cancel) == mine ? FeedArrival.There : throw NuGetFaults.OtherContent(Name, package.Identity.ToString());
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or TimeoutException)
        {
            throw new RegistryException($"{RegistryConnection.Describe(HttpMethod.Get, uri)}: {fault.Message.TrimEnd('.')}", null, fault);
        }
    }

    private static async Task<Digest> HashAsync(Stream stream, long bytes, CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 18);
        try
        {
            for (long left = bytes; left > 0;)
            {
                int read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancel);
                if (read == 0)
                {
                    break;
                }

                hash.AppendData(buffer, 0, read);
                left -= read;
            }

            return Digest.Of(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
