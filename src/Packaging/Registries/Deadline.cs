namespace ModelPack.Packaging.Registries;

/// <summary>Ends a request that stands still: every byte that moves puts the end off.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _user;
    private readonly TimeSpan _stall;

    public Deadline(TimeSpan stall, CancellationToken cancel)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _user = cancel;
        _stall = stall;
        Extend();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it is over without anyone having cancelled.</summary>
    public bool IsOver => _source.IsCancellationRequested && !_user.IsCancellationRequested;

    public void Extend() => _source.CancelAfter(_stall);

    public void Dispose() => _source.Dispose();
}
