using System.Runtime.InteropServices;

namespace ModelPack.Quantize.Kernels.Matrices;

/// <summary>Floats outside the collector's heap, aligned to a cache line: large, and gone when they are no longer needed.</summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    /// <param name="count">Number of floats; not initialized.</param>
    public NativeFloats(long count)
    {
        Count = count;
        Pointer = (float*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(1, count) * sizeof(float)), 64);
        GC.AddMemoryPressure(Math.Max(1, count) * sizeof(float));
    }

    ~NativeFloats() => Free();

    /// <summary>Number of floats.</summary>
    public long Count { get; }

    /// <summary>The first.</summary>
    public float* Pointer { get; private set; }

    /// <summary>Some of them.</summary>
    public Span<float> Span(long first, int count) => new(Pointer + first, count);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (Pointer is not null)
        {
            NativeMemory.AlignedFree(Pointer);
            GC.RemoveMemoryPressure(Math.Max(1, Count) * sizeof(float));
            Pointer = null;
        }
    }
}
