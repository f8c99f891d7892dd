namespace ModelPack.Models.Gguf;

/// <summary>Reads one file of a divided model out of the undivided one: a header made for it, then tensors with the padding between them.</summary>
/// <param name="model">The undivided model; closed with this.</param>
/// <param name="part">The file.</param>
internal sealed class GgufShardStream(GgufFile model, GgufSplitPart part) : Stream
{
    private readonly byte[] _header = HeaderOf(part.Layout);
    private long _position;
    private int _tensor;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => part.Layout.TotalBytes;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            (_position, _tensor) = (value, 0);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int filled = 0;
        for (int read; filled < buffer.Length && (read = Next(buffer[filled..])) > 0; filled += read)
        {
            _position += read;
        }

        return filled;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            model.Dispose();
        }

        base.Dispose(disposing);
    }

    private static byte[] HeaderOf(GgufLayout layout)
    {
        using MemoryStream header = new();
        layout.WriteHeader(header);
        return header.ToArray();
    }

    // What comes next without a break: of the header, of a tensor, or of the padding after one.
    private int Next(Span<byte> buffer)
    {
        if (_position < _header.Length)
        {
            return Take(_header.AsSpan((int)_position), buffer);
        }

        long at = _position - _header.Length;
        IReadOnlyList<GgufTensorInfo> tensors = part.Layout.Tensors;
        while (_tensor + 1 < tensors.Count && tensors[_tensor + 1].Offset <= at)
        {
            _tensor++;
        }

        long inside = _tensor < tensors.Count ? at - tensors[_tensor].Offset : 0;
        if (_tensor < tensors.Count && inside < tensors[_tensor].Bytes)
        {
            int count = (int)Math.Min(buffer.Length, tensors[_tensor].Bytes - inside);
            model.ReadBytes(model.Tensors[part.FirstTensor + _tensor], inside, buffer[..count]);
            return count;
        }

        long end = _tensor + 1 < tensors.Count ? tensors[_tensor + 1].Offset : Length - _header.Length;
        int zeros = (int)Math.Clamp(end - at, 0, buffer.Length);
        buffer[..zeros].Clear();
        return zeros;
    }

    private static int Take(ReadOnlySpan<byte> source, Span<byte> buffer)
    {
        int count = Math.Min(source.Length, buffer.Length);
        source[..count].CopyTo(buffer);
        return count;
    }
}
