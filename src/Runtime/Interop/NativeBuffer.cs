using System.Runtime.InteropServices;

namespace ModelPack.Runtime.Interop;

/// <summary>float32 values in native memory: they may outgrow an array, and ONNX Runtime works on them in place.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    // A cache line, which is also the widest vector.
    private const int Alignment = 64;

    private float* _values;

    /// <param name="length">Number of values; not cleared.</param>
    public NativeBuffer(long length)
    {
        Length = length;
        _values = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(checked(length * sizeof(float)), Alignment), Alignment);
    }

    ~NativeBuffer() => Free();

    /// <summary>Number of values.</summary>
    public long Length { get; }

    /// <summary>The first rows of so many columns.</summary>
    public FloatRows Rows(long rows, int columns) => Rows(0, rows, columns);

    /// <summary>Rows of so many columns from a value on.</summary>
    public FloatRows Rows(long start, long rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + checked(rows * columns), Length);
        ObjectDisposedException.ThrowIf(_values is null, this);
        return new((nint)(_values + start), rows, columns);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_values);
        _values = null;
    }
}
