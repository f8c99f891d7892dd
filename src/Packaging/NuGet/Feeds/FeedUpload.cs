using System.Buffers;
using System.Net;
using System.Text;
using ModelPack.Packaging.Registries;

namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>A package file as the one field of a form, with its length said beforehand (NuGet v3: PackagePublish/2.0.0).</summary>
internal sealed class FeedUpload : HttpContent
{
    private const int BufferBytes = 1 << 18;
    private const string Boundary = "modelpack-3f1c2b5d9a7e4c60";
    private static readonly byte[] Head = Encoding.ASCII.GetBytes(
        $"--{Boundary}\r\nContent-Disposition: form-data; name=\"package\"; filename=\"package.nupkg\"\r\nContent-Type: application/octet-stream\r\n\r\n");

    private static readonly byte[] Tail = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");

    private readonly NuGetArchive _package;
    private readonly Deadline _deadline;
    private readonly IProgress<long> _progress;

    public FeedUpload(NuGetArchive package, Deadline deadline, IProgress<long> progress)
    {
        (_package, _deadline, _progress) = (package, deadline, progress);
        Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", Boundary) } };
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            await using FileStream file = new(_package.File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            await stream.WriteAsync(Head, cancellationToken);
            for (long done = 0; done < _package.Bytes;)
            {
                int read = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, _package.Bytes - done)), cancellationToken);
                if (read == 0)
                {
                    throw NuGetFaults.Changed(_package.File, $"it ends at {done} of {_package.Bytes} bytes");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                done += read;
                _deadline.Extend();
                _progress.Report(done);
            }

            await stream.WriteAsync(Tail, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Head.Length + _package.Bytes + Tail.Length;
        return true;
    }
}
