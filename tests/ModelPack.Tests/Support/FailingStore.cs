using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Tests.Support;

/// <summary>A store whose blobs break off, as a disk or a line that fails.</summary>
/// <param name="inner">Where the blobs are.</param>
/// <param name="goodBytes">Bytes of a blob that can be read.</param>
internal sealed class FailingStore(PackageStore inner, long goodBytes) : PackageStore
{
    public override string Name => inner.Name;

    public override Task<OciManifest?> FindAsync(string reference, CancellationToken cancel) => inner.FindAsync(reference, cancel);

    public override async Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancel) =>
        new FailingStream(await inner.OpenBlobAsync(blob, offset, cancel), goodBytes - offset);

    public override Task<bool> HasBlobAsync(Descriptor blob, CancellationToken cancel) => inner.HasBlobAsync(blob, cancel);

    public override Task<BlobArrival> PutBlobAsync(Descriptor blob, PackageStore source, IProgress<long> progress, CancellationToken cancel) =>
        inner.PutBlobAsync(blob, source, progress, cancel);

    public override Task PutManifestAsync(OciManifest manifest, string? tag, CancellationToken cancel) => inner.PutManifestAsync(manifest, tag, cancel);

    public override Task<IReadOnlyList<Descriptor>> ReferrersAsync(Digest subject, CancellationToken cancel) => inner.ReferrersAsync(subject, cancel);

    public override Task<IReadOnlyList<string>> TagsAsync(CancellationToken cancel) => inner.TagsAsync(cancel);

    private sealed class FailingStream(Stream stream, long good) : Stream
    {
        private long _left = good;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left <= 0)
            {
                throw new IOException("The line broke.");
            }

            int read = await stream.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
