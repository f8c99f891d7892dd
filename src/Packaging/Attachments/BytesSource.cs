using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Attachments;

/// <summary>A source of one small blob that is in memory.</summary>
/// <param name="content">Its bytes.</param>
internal sealed class BytesSource(ReadOnlyMemory<byte> content) : PackageStore
{
    private readonly Digest _digest = Digest.Of(content.Span);

    public override string Name => "memory";

    public override Task<OciManifest?> FindAsync(string reference, CancellationToken cancel) => Task.FromResult<OciManifest?>(null);

    public override Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancel) =>
        Task.FromResult<Stream>(new MemoryStream(content[(int)offset..].ToArray(), writable: false));

    public override Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancel) => Task.FromResult(blob.Digest == _digest);

    public override Task<BlobArrival> PutBlobAsync(Descriptor blob, PackageStore source, IProgress<long> progress, CancellationToken cancel) => throw ReadOnly();

    public override Task PutManifestAsync(OciManifest manifest, string? tag, CancellationToken cancel) => throw ReadOnly();

    public override Task<IReadOnlyList<Descriptor>> ReferrersAsync(Digest subject, CancellationToken cancel) => Task.FromResult<IReadOnlyList<Descriptor>>([]);

    public override Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);

    private static NotSupportedException ReadOnly() => new("Bytes in memory take nothing in.");
}
