using System.Net;
using System.Text.Json;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries.Profiles;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Registries;

/// <summary>A repository of a registry that speaks OCI distribution-spec 1.1 (or 1.0, of which nothing more is needed here).</summary>
public sealed partial class RegistryStore : PackageStore
{
    private const int MaxPages = 1000;
    private const int MaxPageBytes = 4 << 20;

    private readonly RegistryReference _reference;
    private readonly RegistryOptions _options;
    private readonly RegistryConnection _connection;
    private readonly ChunkSizes _chunks;

    /// <param name="reference">The repository.</param>
    /// <param name="options">How to speak with it.</param>
    public RegistryStore(RegistryReference reference, RegistryOptions options)
    {
        _reference = reference with { Target = null };
        _options = options;
        _connection = new(reference, options);
        _chunks = new(options.ChunkBytes);
    }

    public override string Name => _reference.ToString();

    /// <summary>What is known of the registry, by its host or by what it answered so far.</summary>
    public RegistryProfile Profile => _connection.Profile;

    public override void CheckBlob(Descriptor blob)
    {
        if (Profile.MaxLayer is { } most && blob.Size > most)
        {
            throw new RegistryException(
                $"{Name}: {blob.Annotation(AnnotationKeys.FilePath) ?? blob.Digest.ToString()}: {blob.Size} bytes; this registry ({Profile.Name}) takes {most} a blob: "
                + "make smaller files by --split-max-size of convert or quantize, or say --registry-profile unknown if its limit was raised",
                HttpStatusCode.RequestEntityTooLarge);
        }
    }

    public override async Task<OciManifest?> FindAsync(string reference, CancellationToken cancel)
    {
        Uri uri = _connection.At($"manifests/{reference}");
        using HttpResponseMessage response = await _connection.SendSafelyAsync(
            () =>
            {
                HttpRequestMessage request = new(HttpMethod.Get, uri);
                request.Headers.Accept.ParseAdd(string.Join(", ", MediaTypes.Manifests));
                return request;
            },
            cancel);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw await RegistryConnection.RefusalAsync(HttpMethod.Get, uri, response, cancel);
        }

        string place = $"{Name}: {reference}";
        byte[] bytes = await ReadBodyAsync(response, OciManifest.MaxBytes, place, cancel);
        OciManifest manifest = ManifestReader.Read(bytes, place, response.Content.Headers.ContentType?.MediaType);
        if (Digest.TryParse(reference, out Digest wanted) && wanted != manifest.Digest)
        {
            throw new InvalidPackageException($"{place}: the registry sent a document with the digest {manifest.Digest}");
        }

        CheckDigest(response, manifest.Digest, place);
        return manifest;
    }

    public override async Task PutManifestAsync(OciManifest manifest, string? tag, CancellationToken cancel)
    {
        _connection.WantPush();
        string reference = tag ?? manifest.Digest.ToString();
        Uri uri = _connection.At($"manifests/{reference}");
        using HttpResponseMessage response = await _connection.SendSafelyAsync(
            () => new(HttpMethod.Put, uri)
            {
                Content = new ReadOnlyMemoryContent(manifest.Bytes) { Headers = { ContentType = new(manifest.MediaType) } },
            },
            cancel);
        if (!response.IsSuccessStatusCode)
        {
            throw await RegistryConnection.RefusalAsync(HttpMethod.Put, uri, response, cancel);
        }

        CheckDigest(response, manifest.Digest, $"{Name}: {reference}");
        if (manifest.Subject is { } subject && !Indexes(response, subject.Digest))
        {
            await ListAsync(subject.Digest, manifest.Describe(manifest.Annotations), cancel);
        }
    }

    public override async Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancel)
    {
        List<string> tags = [];
        Uri? page = _connection.At("tags/list?n=1000");
        for (int i = 0; page is not null && i < MaxPages; i++)
        {
            Uri uri = page;
            using HttpResponseMessage response = await _connection.SendSafelyAsync(() => new(HttpMethod.Get, uri), cancel);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                throw new RegistryException($"{Name}: no such repository", response.StatusCode);
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await RegistryConnection.RefusalAsync(HttpMethod.Get, uri, response, cancel);
            }

            tags.AddRange(ReadTags(await ReadBodyAsync(response, MaxPageBytes, Name, cancel)));
            page = NextPage(response, uri);
        }

        return [.. tags.Where(static t => RegistryReference.IsTag(t) && !ReferrersTag.IsOne(t)).Distinct()];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _connection.Dispose();
            _listing.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int limit, string place, CancellationToken cancel)
    {
        using Deadline deadline = new(_options.Stall, cancel);
        try
        {
            return await BoundedBody.ReadAsync(response, limit, place, deadline.Token);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException || (fault is OperationCanceledException && deadline.IsOver))
        {
            throw new RegistryException($"{place}: the answer broke off", null, fault);
        }
    }

    private static void CheckDigest(HttpResponseMessage response, Digest expected, string place)
    {
        if (response.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values) && values.First() is { } told
            && Digest.TryParse(told, out Digest digest) && digest != expected)
        {
            throw new InvalidPackageException($"{place}: the registry says that the digest is {digest}; it is {expected}");
        }
    }

    private string[] ReadTags(byte[] json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.GetProperty("tags") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(static t => t.GetString() ?? "")] : [];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RegistryException($"{Name}: the list of tags is no JSON as expected", HttpStatusCode.OK, fault);
        }
    }

    // Link: </v2/…?last=x>; rel="next". A page of another host is not the registry's.
    private Uri? NextPage(HttpResponseMessage response, Uri current)
    {
        string? link = response.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.FirstOrDefault(static l => l.Contains("next", StringComparison.Ordinal)) : null;
        int start = link?.IndexOf('<') ?? -1;
        int end = link?.IndexOf('>') ?? -1;
        return start >= 0 && end > start && Uri.TryCreate(current, link![(start + 1)..end], out Uri? next) && next.Authority == _connection.Root.Authority && next != current ? next : null;
    }
}
