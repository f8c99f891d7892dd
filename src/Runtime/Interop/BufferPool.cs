namespace ModelPack.Runtime.Interop;

/// <summary>Lends native buffers and keeps the ones that come back, as most are wanted again in the same size.</summary>
internal sealed class BufferPool : IDisposable
{
    private readonly Dictionary<long, Stack<NativeBuffer>> _free = [];

    /// <summary>A buffer of this length; its values are those of its last use.</summary>
    public NativeBuffer Rent(long length) =>
        _free.TryGetValue(length, out Stack<NativeBuffer>? same) && same.TryPop(out NativeBuffer? buffer) ? buffer : new(length);

    /// <summary>Takes a buffer back.</summary>
    public void Return(NativeBuffer buffer)
    {
        if (!_free.TryGetValue(buffer.Length, out Stack<NativeBuffer>? same))
        {
            _free.Add(buffer.Length, same = new());
        }

        same.Push(buffer);
    }

    /// <summary>Frees what is not lent: the next step wants other sizes.</summary>
    public void Trim()
    {
        foreach (NativeBuffer buffer in _free.Values.SelectMany(static s => s))
        {
            buffer.Dispose();
        }

        _free.Clear();
    }

    public void Dispose() => Trim();
}
