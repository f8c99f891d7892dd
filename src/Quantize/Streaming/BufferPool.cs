namespace ModelPack.Quantize.Streaming;

/// <summary>Keeps the buffers of finished slices for the next ones; giant ones are let go.</summary>
internal sealed class BufferPool
{
    /// <summary>Above this a set of buffers served a giant row, and is not kept.</summary>
    private const long MostBytesKept = 8 << 20;

    private readonly Lock _gate = new();
    private readonly Stack<SliceBuffers> _free = new();

    /// <summary>Buffers to use alone until given back.</summary>
    public SliceBuffers Take()
    {
        lock (_gate)
        {
            return _free.TryPop(out SliceBuffers? buffers) ? buffers : new();
        }
    }

    public void GiveBack(SliceBuffers buffers)
    {
        if (buffers.Bytes <= MostBytesKept)
        {
            lock (_gate)
            {
                _free.Push(buffers);
            }
        }
    }
}
