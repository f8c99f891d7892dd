using System.Net;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries.Profiles;

namespace ModelPack.Packaging.Registries;

/// <summary>How large the chunks of uploads to one registry are; learns from what the registry refuses.</summary>
/// <param name="asked">Bytes of a chunk; null to go by the blob.</param>
internal sealed class ChunkSizes(long? asked)
{
    private const long Smallest = 64 << 20;
    private const long Largest = 512 << 20;

    // A chunk costs the registry a flush to its disk; eight a blob cost little, and one that breaks off is not much to send again.
    private const int PerBlob = 8;

    // Below this a proxy that refuses large bodies is not met with smaller chunks any more.
    private const long Floor = 4 << 20;

    private long _limit = long.MaxValue;
    private volatile bool _whole;

    /// <summary>Bytes of a chunk of this blob; <see cref="long.MaxValue"/> to send it whole.</summary>
    public long Of(Descriptor blob, RegistryProfile profile)
    {
        long usual = Math.Clamp(blob.Size / PerBlob / Smallest * Smallest, Smallest, Largest);
        return _whole ? long.MaxValue : Math.Min(profile.ChunkBytes(asked, usual), Interlocked.Read(ref _limit));
    }

    /// <summary>Whether a refusal is one of chunks, or of their size.</summary>
    public static bool IsRefusal(HttpStatusCode? status) => status is HttpStatusCode.RequestedRangeNotSatisfiable
        or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;

    /// <summary>Goes by a refusal from now on.</summary>
    /// <param name="status">What the registry answered.</param>
    /// <param name="size">Bytes of the blob.</param>
    /// <param name="chunk">Bytes of a chunk that was refused; above the size when the blob went whole.</param>
    /// <returns>Whether there is another way left.</returns>
    public bool Learn(HttpStatusCode? status, long size, long chunk)
    {
        long sent = Math.Min(size, chunk);
        if (status == HttpStatusCode.RequestEntityTooLarge && sent > Floor)
        {
            // Most such answers come from a proxy before the registry, whose limit is on the body.
            Interlocked.Exchange(ref _limit, Math.Max(Floor, sent / 4));
            return true;
        }

        bool chunked = chunk < size;
        _whole |= chunked;
        return chunked;
    }
}
