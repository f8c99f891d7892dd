using System.Globalization;
using System.Net;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries.Profiles;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Registries;

/// <remarks>
/// Uploads by OCI distribution-spec 1.1, "Pushing blobs". A chunk that broke off is never sent blindly again: the registry is
/// asked how far it is, and where it forgot the upload (as distribution 2.8 does) the blob starts anew.
/// </remarks>
public sealed partial class RegistryStore
{
    private const long AskFrom = 1 << 20;

    public override async Task<BlobArrival> PutBlobAsync(Descriptor blob, PackageStore source, IProgress<long> progress, CancellationToken cancel)
    {
        _connection.WantPush();
        UploadJournal journal = new(_options.UploadFolder, Name);
        for (int attempt = 0; ; attempt++)
        {
            long chunk = _chunks.Of(blob, _connection.Profile);
            try
            {
                UploadSession? session = await ResumeAsync(blob, journal, cancel) ?? await StartAsync(blob, attempt == 0, cancel);
                if (session is null)
                {
                    progress.Report(blob.Size);
                    return BlobArrival.Mounted;
                }

                await UploadAsync(blob, source, session, Math.Max(chunk, session.MinChunk), journal, progress, cancel);
                journal.Forget(blob.Digest);
                return BlobArrival.Sent;
            }
            catch (RegistryException fault) when (attempt < _options.Retries && (fault.IsTransient || IsLost(fault) || ChunkSizes.IsRefusal(fault.Status)))
            {
                bool refused = ChunkSizes.IsRefusal(fault.Status);
                if (refused && !_chunks.Learn(fault.Status, blob.Size, chunk))
                {
                    throw;
                }

                if (refused || IsLost(fault))
                {
                    journal.Forget(blob.Digest);
                }

                await Task.Delay(_options.RetryDelay * Math.Pow(2, attempt), cancel);

                // The last answer may have been lost on its way, not the request.
                if (await HasBlobAsync(blob, cancel))
                {
                    journal.Forget(blob.Digest);
                    return BlobArrival.Sent;
                }
            }
        }
    }

    private static bool IsLost(RegistryException fault) => fault.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private async Task<UploadSession?> ResumeAsync(Descriptor blob, UploadJournal journal, CancellationToken cancel)
    {
        if (journal.Find(blob.Digest) is not { } location || location.Authority != _connection.Root.Authority || location.Scheme != _connection.Root.Scheme)
        {
            return null;
        }

        UploadSession? session = await StatusAsync(location, blob, cancel);
        if (session is null)
        {
            journal.Forget(blob.Digest);
        }

        return session is null ? null : session with { IsResumed = true };
    }

    // GET of the location tells how many bytes are there; null when the registry does not know the upload any more.
    private async Task<UploadSession?> StatusAsync(Uri location, Descriptor blob, CancellationToken cancel)
    {
        using HttpResponseMessage response = await _connection.SendSafelyAsync(() => new(HttpMethod.Get, location), cancel);
        return response.StatusCode == HttpStatusCode.NoContent && ReadRange(response) is { } offset && offset <= blob.Size
            ? new(Location(response, location), offset, MinChunk(response))
            : null;
    }

    // POST opens an upload, or takes the blob over from another repository: null then.
    private async Task<UploadSession?> StartAsync(Descriptor blob, bool mount, CancellationToken cancel)
    {
        bool mounts = mount && _options.MountFrom is not null && _connection.Profile.Mount != Feature.No;
        Uri uri = _connection.At(mounts ? $"blobs/uploads/?mount={Uri.EscapeDataString(blob.Digest.ToString())}&from={Uri.EscapeDataString(_options.MountFrom!)}" : "blobs/uploads/");
        using HttpResponseMessage response = await _connection.SendSafelyAsync(() => new(HttpMethod.Post, uri) { Content = new ByteArrayContent([]) }, cancel);
        if (mounts && response.StatusCode == HttpStatusCode.Created && await HasBlobAsync(blob, cancel))
        {
            return null;
        }

        return response.StatusCode == HttpStatusCode.Accepted
            ? new(Location(response, uri), 0, MinChunk(response))
            : throw await RegistryConnection.RefusalAsync(HttpMethod.Post, uri, response, cancel);
    }

    private async Task UploadAsync(
        Descriptor blob, PackageStore source, UploadSession session, long chunk, UploadJournal journal, IProgress<long> progress, CancellationToken cancel)
    {
        bool resumed = session.IsResumed;
        if (session.Offset > 0 || blob.Size > chunk)
        {
            for (int failures = 0; session.Offset < blob.Size;)
            {
                journal.Note(blob.Digest, session.Location);
                long before = session.Offset;
                session = await PatchAsync(blob, source, session, Math.Min(chunk, blob.Size - session.Offset), progress, cancel);
                failures = session.Offset > before ? 0 : failures + 1;
                if (failures > _options.Retries)
                {
                    throw new RegistryException($"{Name}: blob {blob.Digest}: does not get beyond byte {before} of {blob.Size}", HttpStatusCode.ServiceUnavailable);
                }
            }
        }

        try
        {
            await FinishAsync(blob, source, session, progress, cancel);
        }
        catch (RegistryException fault) when (fault.Status == HttpStatusCode.BadRequest && resumed)
        {
            // What an earlier run sent was not this blob's start: it is sent anew from the start.
            journal.Forget(blob.Digest);
            throw new RegistryException(fault.Message, HttpStatusCode.NotFound, fault);
        }
    }

    private async Task<UploadSession> PatchAsync(
        Descriptor blob, PackageStore source, UploadSession session, long length, IProgress<long> progress, CancellationToken cancel)
    {
        long end = session.Offset + length - 1;
        TimeSpan wait = _options.RetryDelay;
        try
        {
            using HttpResponseMessage response = await _connection.SendOnceAsync(
                deadline =>
                {
                    UploadContent content = new(source, blob, session.Offset, length, deadline, progress);
                    content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{session.Offset}-{end}"));
                    return Asking(new(HttpMethod.Patch, session.Location) { Content = content });
                },
                cancel);
            if (response.IsSuccessStatusCode)
            {
                // A registry that keeps another range than it was sent would make another blob of it.
                return ReadRange(response) is not { } offset || offset == end + 1
                    ? session with { Location = Location(response, session.Location), Offset = end + 1 }
                    : throw new RegistryException(
                        $"{Name}: blob {blob.Digest}: the registry says that it has {offset} bytes after {end + 1} were sent; the upload is given up", HttpStatusCode.NotFound);
            }

            RegistryException refusal = await RegistryConnection.RefusalAsync(HttpMethod.Patch, session.Location, response, cancel);
            if (!refusal.IsTransient)
            {
                throw refusal;
            }

            wait = RegistryConnection.RetryAfter(response) ?? wait;
        }
        catch (RegistryException fault) when (fault.Status is null)
        {
            // The connection broke: the registry is asked below.
        }

        await Task.Delay(wait, cancel);
        return await StatusAsync(session.Location, blob, cancel)
            ?? throw new RegistryException($"{Name}: blob {blob.Digest}: the registry forgot the upload", HttpStatusCode.NotFound);
    }

    private async Task FinishAsync(Descriptor blob, PackageStore source, UploadSession session, IProgress<long> progress, CancellationToken cancel)
    {
        string separator = session.Location.Query.Length > 1 ? "&" : session.Location.Query.Length == 1 ? "" : "?";
        Uri uri = new(session.Location.AbsoluteUri + separator + "digest=" + Uri.EscapeDataString(blob.Digest.ToString()));
        using HttpResponseMessage response = await _connection.SendOnceAsync(
            deadline => Asking(new(HttpMethod.Put, uri)
            {
                Content = session.Offset < blob.Size || blob.Size == 0 ? new UploadContent(source, blob, session.Offset, blob.Size - session.Offset, deadline, progress) : new ByteArrayContent([]),
            }),
            cancel);
        if (!response.IsSuccessStatusCode)
        {
            throw await RegistryConnection.RefusalAsync(HttpMethod.Put, uri, response, cancel);
        }

        CheckDigest(response, blob.Digest, $"{Name}: blob");
        progress.Report(blob.Size);
    }

    // "Expect: 100-continue": a token that ended or a body that is too large is said before the body is sent, not after.
    private static HttpRequestMessage Asking(HttpRequestMessage request)
    {
        request.Headers.ExpectContinue = request.Content!.Headers.ContentLength >= AskFrom;
        return request;
    }

    private static Uri Location(HttpResponseMessage response, Uri current) => response.Headers.Location is { } location
        ? new(current, location)
        : throw new RegistryException($"{RegistryConnection.Describe(response.RequestMessage!.Method, current)}: answered {(int)response.StatusCode} without a Location", response.StatusCode);

    // "0-99" or "bytes=0-99": 100 bytes are there. distribution says "0-0" for nothing and for one byte alike.
    private static long? ReadRange(HttpResponseMessage response)
    {
        string? text = response.Headers.TryGetValues("Range", out IEnumerable<string>? values) ? values.First() : null;
        int dash = text?.LastIndexOf('-') ?? -1;
        return dash >= 0 && long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long last) && last < long.MaxValue
            ? last == 0 ? 0 : last + 1
            : null;
    }

    private static long MinChunk(HttpResponseMessage response) =>
        response.Headers.TryGetValues("OCI-Chunk-Min-Length", out IEnumerable<string>? values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long min) && min is > 0 and <= 1L << 30
            ? min
            : 0;
}
