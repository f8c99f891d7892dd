using System.Diagnostics;
using ModelPack.Models;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>Brings a blob into a file: hashed while it is written, continued where an earlier try stopped, named only when its digest is right.</summary>
/// <remarks>
/// One connection brings it, as long as that is fast: each further request costs a registry more than it brings then. Where it is slow, as
/// over long distances or from stores that share out their bandwidth by connection, and few blobs come at the same time, what is left comes
/// by several (<see cref="RangedCopy"/>).
/// </remarks>
internal sealed class BlobDownload
{
    private const int BufferBytes = 1 << 19;

    /// <summary>Tries in a row that bring no byte before the download is given up.</summary>
    public const int MaxBarrenTries = 5;

    // How much of a connection is looked at before it is called slow: so many ranges, or so much time spent waiting for them.
    private const int ProbeRanges = 4;
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(1);

    private readonly PackageStore _source;
    private readonly Descriptor _blob;
    private readonly GrowingFile _file;
    private readonly byte[][] _buffers;
    private bool _mayDivide;

    private BlobDownload(PackageStore source, Descriptor blob, GrowingFile file)
    {
        (_source, _blob, _file) = (source, blob, file);
        _mayDivide = source.RangeBytes > 0;
        int size = (int)Math.Clamp(blob.Size, 1, BufferBytes);
        _buffers = [GC.AllocateUninitializedArray<byte>(size), GC.AllocateUninitializedArray<byte>(size)];
    }

    /// <param name="source">Where the blob is.</param>
    /// <param name="blob">Which.</param>
    /// <param name="partial">Grows; what it holds is kept for the next try when this fails.</param>
    /// <param name="final">Its name when complete; replaced when it is there.</param>
    /// <param name="progress">Told the bytes done.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <exception cref="InvalidPackageException">The bytes have another digest.</exception>
    public static async Task RunAsync(PackageStore source, Descriptor blob, string partial, string final, IProgress<long> progress, CancellationToken cancel)
    {
        using (GrowingFile file = new(partial, progress))
        {
            // What an earlier run left may be another's: if the digest is wrong, all is fetched once more.
            bool resumed = file.Length > 0;
            if (file.Length > blob.Size)
            {
                file.Clear();
            }

            source.Begin();
            try
            {
                BlobDownload download = new(source, blob, file);
                Digest digest = await download.FillAsync(cancel);
                if (digest != blob.Digest && resumed)
                {
                    file.Clear();
                    digest = await download.FillAsync(cancel);
                }

                if (digest != blob.Digest)
                {
                    file.Clear();
                    throw new InvalidPackageException($"{source.Name}: blob {blob.Digest}: the bytes that came have the digest {digest}");
                }
            }
            finally
            {
                source.End();
            }
        }

        File.Move(partial, final, overwrite: true);
    }

    /// <summary>The fault of a download that does not go on.</summary>
    public static ModelPackException BrokeOff(PackageStore source, Descriptor blob, long at, Exception? fault) =>
        new($"{source.Name}: blob {blob.Digest}: broke off at {at} of {blob.Size} bytes{(fault is null ? "" : $": {fault.Message.TrimEnd('.')}")}", fault);

    /// <summary>How long to wait after tries that brought nothing.</summary>
    public static TimeSpan WaitAfter(int barren) => TimeSpan.FromMilliseconds(200 << barren);

    private async Task<Digest> FillAsync(CancellationToken cancel)
    {
        _file.HashWhatIsThere(_buffers[0], cancel);
        for (int barren = 0; _file.Length < _blob.Size;)
        {
            long before = _file.Length;
            (bool isSlow, Exception? fault) = IsSlow(0, default) ? (true, null) : await CopyAsync(cancel);
            if (isSlow)
            {
                // A source that gives no parts leaves the rest to the one connection.
                _mayDivide = false;
                await new RangedCopy(_source, _blob).RunAsync(_file, cancel);
                continue;
            }

            barren = _file.Length > before ? 0 : barren + 1;
            if (barren == MaxBarrenTries)
            {
                throw BrokeOff(_source, _blob, _file.Length, fault);
            }

            if (fault is not null && barren > 0)
            {
                await Task.Delay(WaitAfter(barren), cancel);
            }
        }

        return _file.TakeDigest();
    }

    // A connection that breaks is the caller's to mend: what came is hashed and stays. The next bytes are read while those before are written.
    private async Task<(bool IsSlow, Exception? Fault)> CopyAsync(CancellationToken cancel)
    {
        long next = _file.Length;
        await using Stream stream = await _source.OpenBlobAsync(_blob, next, cancel);
        Task written = Task.CompletedTask;
        long first = next;
        TimeSpan waited = TimeSpan.Zero;
        try
        {
            for (int turn = 0; next < _blob.Size; turn ^= 1)
            {
                Memory<byte> buffer = _buffers[turn].AsMemory(0, (int)Math.Min(_buffers[turn].Length, _blob.Size - next));
                long clock = Stopwatch.GetTimestamp();
                (int read, Exception? fault) = await ReadAsync(stream, buffer, cancel);
                waited += Stopwatch.GetElapsedTime(clock);
                await written;
                if (read == 0)
                {
                    return (false, fault);
                }

                written = _file.AppendAsync(buffer[..read]);
                next += read;
                if (IsSlow(next - first, waited))
                {
                    return (true, null);
                }
            }

            return default;
        }
        finally
        {
            await written;
        }
    }

    private bool IsSlow(long bytes, TimeSpan waited) =>
        _mayDivide && _blob.Size - _file.Length > 2L * _source.RangeBytes
        && (_source.FastBytesPerSecond == long.MaxValue
            || (_source.Downloads < RangedCopy.Requests
                && (bytes >= ProbeRanges * (long)_source.RangeBytes || waited >= ProbeTime)
                && bytes < waited.TotalSeconds * _source.FastBytesPerSecond));

    // As much as comes at once, a full buffer at most; a fault that comes after bytes is found again by the next read.
    private static async Task<(int Read, Exception? Fault)> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancel)
    {
        try
        {
            return (await stream.ReadAsync(buffer, cancel), null);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or TimeoutException)
        {
            return (0, fault);
        }
    }
}
