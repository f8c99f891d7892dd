namespace ModelPack.Quantize.Streaming;

/// <summary>Lends a fixed number of bytes to workers, first come first served.</summary>
/// <remarks>A request above the limit gets the whole limit, so that one giant row still runs, alone.</remarks>
internal sealed class MemoryBudget
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Request> _waiting = new();
    private readonly long _limit;
    private long _free;

    /// <param name="limit">Bytes, at least 1.</param>
    public MemoryBudget(long limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        _limit = _free = limit;
    }

    /// <summary>Bytes that nobody holds.</summary>
    public long Free
    {
        get
        {
            lock (_gate)
            {
                return _free;
            }
        }
    }

    /// <summary>Waits for its turn, and for enough bytes.</summary>
    /// <returns>A lease that hands the bytes back when disposed of.</returns>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; nothing is held then.</exception>
    public async ValueTask<Lease> TakeAsync(long bytes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        bytes = Math.Min(bytes, _limit);
        Request request;
        lock (_gate)
        {
            if (_waiting.Count == 0 && _free >= bytes)
            {
                _free -= bytes;
                return new Lease(this, bytes);
            }

            request = new(bytes);
            _waiting.AddLast(request);
        }

        try
        {
            await request.Granted.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Withdraw(request);
            throw;
        }

        return new Lease(this, bytes);
    }

    private void Withdraw(Request request)
    {
        lock (_gate)
        {
            // It may have been granted in the same instant; then its bytes come back.
            _free += _waiting.Remove(request) ? 0 : request.Bytes;
            Grant();
        }
    }

    private void Return(long bytes)
    {
        lock (_gate)
        {
            _free += bytes;
            Grant();
        }
    }

    private void Grant()
    {
        while (_waiting.First is { } next && _free >= next.Value.Bytes)
        {
            _waiting.RemoveFirst();
            _free -= next.Value.Bytes;
            next.Value.Granted.SetResult();
        }
    }

    /// <summary>Bytes held until disposed of, once.</summary>
    internal readonly struct Lease(MemoryBudget owner, long bytes) : IDisposable
    {
        public long Bytes => bytes;

        public void Dispose() => owner.Return(bytes);
    }

    private sealed class Request(long bytes)
    {
        public long Bytes => bytes;

        // Continuations must not run under the lock of the worker that hands bytes back.
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
