namespace ModelPack.Packaging.NuGet.Feeds;

/// <summary>Where packages for NuGet are published.</summary>
public abstract class PackageFeed : IDisposable
{
    /// <summary>For people; holds no secret.</summary>
    public abstract string Name { get; }

    /// <summary>Publishes one package; a version that is there is never changed.</summary>
    /// <param name="package">What.</param>
    /// <param name="progress">Told the bytes sent.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="Models.ModelPackException">The feed refused, or holds other content under this id and version.</exception>
    public abstract Task<FeedArrival> PutAsync(NuGetArchive package, IProgress<long> progress, CancellationToken cancel);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
