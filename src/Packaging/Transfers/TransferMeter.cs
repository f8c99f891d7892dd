using ModelPack.Packaging.Oci;

namespace ModelPack.Packaging.Transfers;

/// <summary>Adds up the progress of blobs that go at the same time.</summary>
internal sealed class TransferMeter(IProgress<TransferProgress> progress, long total)
{
    private readonly Lock _gate = new();
    private long _done;
    private long _skipped;

    /// <summary>Takes the progress of one blob: bytes done of it.</summary>
    public IProgress<long> Of(Descriptor blob) => new BlobMeter(this, blob.Annotation(AnnotationKeys.FilePath) ?? blob.Digest.ToString());

    /// <summary>A blob was there.</summary>
    public void Skip(Descriptor blob)
    {
        lock (_gate)
        {
            _skipped += blob.Size;
            _done += blob.Size;
            progress.Report(new(_done, total, _skipped, ""));
        }
    }

    private void Add(long bytes, string item)
    {
        lock (_gate)
        {
            _done += bytes;
            progress.Report(new(_done, total, _skipped, item));
        }
    }

    private sealed class BlobMeter(TransferMeter meter, string item) : IProgress<long>
    {
        private long _last;

        public void Report(long value)
        {
            long delta = value - Interlocked.Exchange(ref _last, value);
            meter.Add(delta, item);
        }
    }
}
