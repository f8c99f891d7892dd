using System.Buffers;
using System.Net;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Packaging.Registries;

/// <summary>A range of a blob as the body of a request; opened anew each time it is sent.</summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferBytes = 1 << 18;

    private readonly PackageStore _source;
    private readonly Descriptor _blob;
    private readonly long _offset;
    private readonly long _length;
    private readonly Deadline _deadline;
    private readonly IProgress<long> _progress;

    public UploadContent(PackageStore source, Descriptor blob, long offset, long length, Deadline deadline, IProgress<long> progress)
    {
        (_source, _blob, _offset, _length, _deadline, _progress) = (source, blob, offset, length, deadline, progress);
        Headers.ContentType = new("application/octet-stream");
        Headers.ContentLength = length;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using Stream source = await _source.OpenBlobAsync(_blob, _offset, cancellationToken);
            for (long done = 0; done < _length;)
            {
                int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, _length - done)), cancellationToken);
                if (read == 0)
                {
                    throw new InvalidPackageException($"{_source.Name}: blob {_blob.Digest}: ends at {_offset + done} of {_blob.Size} bytes");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                done += read;
                _deadline.Extend();
                _progress.Report(_offset + done);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }
}
