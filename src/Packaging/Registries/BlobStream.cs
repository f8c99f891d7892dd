namespace ModelPack.Packaging.Registries;

/// <summary>The body of an answer; a read that stands still fails, and closing it closes the answer.</summary>
/// <param name="response">The answer.</param>
/// <param name="body">Its body.</param>
/// <param name="stall">Time without a byte after which a read fails.</param>
/// <param name="cancel">Stops every read: one timer serves them all.</param>
internal sealed class BlobStream(IDisposable response, Stream body, TimeSpan stall, CancellationToken cancel) : Stream
{
    private readonly Deadline _deadline = new(stall, cancel);

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
        cancellationToken.ThrowIfCancellationRequested();
        _deadline.Extend();
        try
        {
            return await body.ReadAsync(buffer, _deadline.Token);
        }
        catch (OperationCanceledException) when (_deadline.IsOver)
        {
            throw new TimeoutException($"no byte came for {stall.TotalSeconds} s");
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            response.Dispose();
            _deadline.Dispose();
        }

        base.Dispose(disposing);
    }
}
