using System.Collections.Concurrent;
using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>
/// Brings the rest of a blob into a file by several requests at the same time. Parts are kept in memory until those before them are
/// there, so the file grows from its start only: what a run that ends early leaves is a beginning that the next one goes on with.
/// </summary>
/// <param name="source">Where the blob is.</param>
/// <param name="blob">Which.</param>
internal sealed class RangedCopy(PackageStore source, Descriptor blob)
{
    /// <summary>Requests at the same time.</summary>
    public const int Requests = 4;

    // All downloads of the process together keep no more parts than this in memory. Each takes its parts in order, so the first
    // one that a file waits for is always under way, and no download waits for another for ever.
    private static readonly SemaphoreSlim Room = new(8);

    // The shared pool of arrays keeps some for each thread, which would add up to more than the parts themselves.
    private static readonly ConcurrentBag<byte[]> Spare = [];

    /// <param name="file">Grows by what comes, to the blob's size, or less when the source does not give parts.</param>
    /// <param name="cancel">Stops.</param>
    public async Task RunAsync(GrowingFile file, CancellationToken cancel)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Queue<Task<byte[]?>> ahead = [];
        long next = file.Length;
        try
        {
            while (file.Length < blob.Size)
            {
                for (; ahead.Count < Requests && next < blob.Size && await IsRoomAsync(ahead.Count, cancel); next += source.RangeBytes)
                {
                    ahead.Enqueue(FetchAsync(next, stop.Token));
                }

                // The part stays in the queue until it is done with, so that its memory is given back whatever happens.
                if (await ahead.Peek() is not { } part)
                {
                    return;
                }

                await file.AppendAsync(part.AsMemory(0, LengthAt(file.Length)));
                await GiveBackAsync(ahead.Dequeue());
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (Task<byte[]?> task in ahead)
            {
                await GiveBackAsync(task);
            }
        }
    }

    // The first part is waited for; further ones are fetched only where there is room.
    private static async Task<bool> IsRoomAsync(int underWay, CancellationToken cancel)
    {
        if (underWay > 0)
        {
            return Room.Wait(0, cancel);
        }

        await Room.WaitAsync(cancel);
        return true;
    }

    private static async Task GiveBackAsync(Task<byte[]?> task)
    {
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompletedSuccessfully && task.Result is { } part)
        {
            Spare.Add(part);
        }

        Room.Release();
    }

    private int LengthAt(long offset) => (int)Math.Min(source.RangeBytes, blob.Size - offset);

    // A buffer of at least the part's length; null when the source gives no parts.
    private async Task<byte[]?> FetchAsync(long offset, CancellationToken cancel)
    {
        int length = LengthAt(offset);
        byte[] buffer = Spare.TryTake(out byte[]? spare) && spare.Length >= length ? spare : GC.AllocateUninitializedArray<byte>(source.RangeBytes);
        bool kept = false;
        try
        {
            int filled = 0;
            for (int barren = 0; filled < length;)
            {
                int before = filled;
                Exception? fault = null;
                await using (Stream? stream = await source.OpenRangeAsync(blob, offset + filled, length - filled, cancel))
                {
                    if (stream is null)
                    {
                        return null;
                    }

                    (filled, fault) = await FillAsync(stream, buffer.AsMemory(0, length), filled, cancel);
                }

                barren = filled > before ? 0 : barren + 1;
                if (barren == BlobDownload.MaxBarrenTries)
                {
                    throw BlobDownload.BrokeOff(source, blob, offset + filled, fault);
                }

                if (barren > 0)
                {
                    await Task.Delay(BlobDownload.WaitAfter(barren), cancel);
                }
            }

            kept = true;
            return buffer;
        }
        finally
        {
            if (!kept)
            {
                Spare.Add(buffer);
            }
        }
    }

    private static async Task<(int Filled, Exception? Fault)> FillAsync(Stream stream, Memory<byte> buffer, int filled, CancellationToken cancel)
    {
        try
        {
            for (int read; filled < buffer.Length && (read = await stream.ReadAsync(buffer[filled..], cancel)) > 0;)
            {
                filled += read;
            }

            return (filled, null);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException or TimeoutException)
        {
            return (filled, fault);
        }
    }
}
