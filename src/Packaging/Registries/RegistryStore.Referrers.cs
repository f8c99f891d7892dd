using System.Net;
using ModelPack.Packaging.Attachments;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Registries;

/// <remarks>
/// Attachments by OCI distribution-spec 1.1, "Listing Referrers" and "Pushing Manifests with Subject". A registry that does not
/// know them (distribution 2.8) gets an index under a tag, which is read, changed and written: no registry offers to do that in
/// one step, so it is read again afterwards, and what another writer dropped is added once more.
/// </remarks>
public sealed partial class RegistryStore
{
    private const int MaxReferrerPages = 100;

    private readonly SemaphoreSlim _listing = new(1, 1);

    public override async Task<IReadOnlyList<Descriptor>> ReferrersAsync(Digest subject, CancellationToken cancel)
    {
        List<Descriptor> found = [];
        Uri? page = _connection.At($"referrers/{subject}");
        for (int i = 0; page is not null && i < MaxReferrerPages; i++)
        {
            Uri uri = page;
            using HttpResponseMessage response = await _connection.SendSafelyAsync(
                () =>
                {
                    HttpRequestMessage request = new(HttpMethod.Get, uri);
                    request.Headers.Accept.ParseAdd(MediaTypes.Index);
                    return request;
                },
                cancel);
            if (IsUnknown(response.StatusCode))
            {
                return Sorted(await FallbackAsync(subject, cancel));
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await RegistryConnection.RefusalAsync(HttpMethod.Get, uri, response, cancel);
            }

            string place = $"{Name}: referrers of {subject}";
            OciManifest list = ManifestReader.Read(await ReadBodyAsync(response, OciManifest.MaxBytes, place, cancel), place, MediaTypes.Index);
            found.AddRange(list.Manifests);
            page = NextPage(response, uri);
        }

        return Sorted(found);
    }

    // 404 is what the specification asks for; proxies and older registries say in other ways that they do not know the address.
    private static bool IsUnknown(HttpStatusCode status) =>
        status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;

    // The registry says so when it lists the manifest itself.
    private static bool Indexes(HttpResponseMessage response, Digest subject) =>
        response.Headers.TryGetValues("OCI-Subject", out IEnumerable<string>? values) && values.First() == subject.ToString();

    private static Descriptor[] Sorted(IEnumerable<Descriptor> entries) =>
        [.. entries.DistinctBy(static e => e.Digest).OrderBy(static e => e.Digest.Hex, StringComparer.Ordinal).Take(AttachmentReader.MaxCount)];

    private async Task<IReadOnlyList<Descriptor>> FallbackAsync(Digest subject, CancellationToken cancel)
    {
        OciManifest? list = await FindAsync(ReferrersTag.Of(subject), cancel);
        return list is null ? []
            : list.IsIndex ? list.Manifests
            : throw new InvalidPackageException($"{Name}: '{ReferrersTag.Of(subject)}' is no index; expected the list of what is attached to {subject}");
    }

    private async Task ListAsync(Digest subject, Descriptor entry, CancellationToken cancel)
    {
        await _listing.WaitAsync(cancel);
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                IReadOnlyList<Descriptor> listed = await FallbackAsync(subject, cancel);
                if (listed.Any(e => e.Digest == entry.Digest))
                {
                    return;
                }

                if (attempt > _options.Retries)
                {
                    throw new RegistryException($"{Name}: '{ReferrersTag.Of(subject)}' loses what is added to it: others write it all the time", HttpStatusCode.Conflict);
                }

                if (attempt > 0)
                {
                    await Task.Delay(_options.RetryDelay * attempt, cancel);
                }

                OciManifest list = OciManifest.OfIndex(
                    [.. listed.Append(entry).OrderBy(static e => e.Digest.Hex, StringComparer.Ordinal)], new Dictionary<string, string>());
                await PutManifestAsync(list, ReferrersTag.Of(subject), cancel);
            }
        }
        finally
        {
            _listing.Release();
        }
    }
}
