using System.Buffers;

namespace ModelPack.Runtime.Interop;

/// <summary>A matrix in memory until disposed of: lent by the pool, or a visitor's weights in place.</summary>
internal sealed class RowsLease : IDisposable
{
    private readonly BufferPool? _pool;
    private readonly NativeBuffer? _buffer;
    private MemoryHandle _handle;

    /// <summary>In a buffer of a pool.</summary>
    public RowsLease(BufferPool pool, NativeBuffer buffer, long rows, int columns) =>
        (_pool, _buffer, Rows) = (pool, buffer, buffer.Rows(rows, columns));

    /// <summary>In managed memory, which must not change meanwhile.</summary>
    public unsafe RowsLease(ReadOnlyMemory<float> values, long rows, int columns)
    {
        _handle = values.Pin();
        Rows = new((nint)_handle.Pointer, rows, columns);
    }

    /// <summary>Its values.</summary>
    public FloatRows Rows { get; }

    public void Dispose()
    {
        _handle.Dispose();
        if (_buffer is not null)
        {
            _pool!.Return(_buffer);
        }
    }
}
