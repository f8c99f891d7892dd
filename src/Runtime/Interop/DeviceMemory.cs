using Microsoft.ML.OnnxRuntime;
using ModelPack.Runtime.Graphs;

namespace ModelPack.Runtime.Interop;

/// <summary>Memory of a device, and memory of the host from which it copies fast.</summary>
internal sealed class DeviceMemory : IDisposable
{
    private readonly int? _gpu;
    private readonly Block _copy;
    private readonly OrtMemoryInfo? _info;
    private readonly OrtAllocator? _allocator;
    private OrtAllocator? _pinned;

    /// <param name="device">The device.</param>
    /// <param name="options">Sessions on it.</param>
    public DeviceMemory(RunnerDevice device, SessionOptions options)
    {
        _gpu = device.Gpu;
        _copy = new(SolverGraphs.Copy(1), options);
        if (_gpu is { } gpu)
        {
            _info = new(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, gpu, OrtMemType.Default);
            _allocator = _copy.Allocator(_info);
            _pinned = Pinned(gpu);
        }
    }

    /// <summary>The largest buffer, in bytes.</summary>
    public long MostBytes => _allocator is null ? long.MaxValue : uint.MaxValue;

    /// <summary>Memory on the device; not cleared.</summary>
    /// <exception cref="InsufficientMemoryException">There is not that much.</exception>
    public DeviceBuffer Allocate(long floats) =>
        _allocator is null ? new(new NativeBuffer(floats)) : new(_allocator.Allocate, _info!, floats);

    /// <summary>Memory on the host; cleared.</summary>
    public DeviceBuffer AllocateHost(long floats)
    {
        DeviceBuffer? buffer = null;
        if (_pinned is not null && floats * sizeof(float) <= uint.MaxValue)
        {
            try
            {
                buffer = new(_pinned.Allocate, OrtMemoryInfo.DefaultInstance, floats);
            }
            catch (InsufficientMemoryException)
            {
                // A machine may bound what is pinned: other memory only copies slower.
                _pinned = null;
            }
        }

        buffer ??= new(new NativeBuffer(floats));
        buffer.Span.Clear();
        return buffer;
    }

    /// <summary>Gives what is free back to the device: the next group wants other sizes.</summary>
    public void Trim()
    {
        if (_gpu is null)
        {
            return;
        }

        using RunOptions shrink = new();
        shrink.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", FormattableString.Invariant($"gpu:{_gpu}"));
        using DeviceBuffer two = AllocateHost(2);
        try
        {
            _copy.Run([two.View(0, 1)], [two.View(1, 1)], shrink);
        }
        catch (RuntimeException)
        {
            // Then it stays with the pool, for the next who asks.
        }
    }

    public void Dispose()
    {
        _pinned?.Dispose();
        _allocator?.Dispose();
        _info?.Dispose();
        _copy.Dispose();
    }

    private OrtAllocator? Pinned(int gpu)
    {
        try
        {
            using OrtMemoryInfo info = new(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, gpu, OrtMemType.CpuOutput);
            return _copy.Allocator(info);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }
}
