using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPack.Runtime.Interop;

/// <summary>float32 values in memory of a device or of the host.</summary>
internal sealed unsafe class DeviceBuffer : IDisposable
{
    private readonly NativeBuffer? _native;
    private readonly OrtMemoryAllocation? _allocation;
    private readonly OrtMemoryInfo _info;
    private readonly nint _address;

    /// <summary>In memory of the host; disposed of with this.</summary>
    public DeviceBuffer(NativeBuffer native) =>
        (_native, _info, _address, Length) = (native, OrtMemoryInfo.DefaultInstance, native.Rows(1, 1).Address, native.Length);

    /// <summary>From an allocator.</summary>
    /// <param name="allocate">Allocates bytes.</param>
    /// <param name="info">Says where.</param>
    /// <param name="length">Number of values; not cleared.</param>
    /// <exception cref="InsufficientMemoryException">There is not that much.</exception>
    public DeviceBuffer(Func<uint, OrtMemoryAllocation> allocate, OrtMemoryInfo info, long length)
    {
        (_info, Length) = (info, length);
        try
        {
            _allocation = allocate(checked((uint)(length * sizeof(float))));
        }
        catch (OnnxRuntimeException e)
        {
            throw new InsufficientMemoryException(RuntimeFaults.Reason(e), e);
        }

        _address = _allocation.DangerousGetHandle();
        if (_address == 0)
        {
            throw new InsufficientMemoryException();
        }
    }

    /// <summary>Number of values.</summary>
    public long Length { get; }

    /// <summary>The values; only in memory of the host.</summary>
    public Span<float> Span => new((float*)_address, checked((int)Length));

    /// <summary>Some of it as ONNX Runtime sees it; valid as long as the memory.</summary>
    /// <param name="start">First value.</param>
    /// <param name="shape">Sizes.</param>
    public OrtValue View(long start, params long[] shape)
    {
        long count = shape.Aggregate(1L, static (product, size) => checked(product * size));
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Length);
        return OrtValue.CreateTensorValueWithData(
            _info, TensorElementType.Float, shape, _address + (nint)(start * sizeof(float)), count * sizeof(float));
    }

    public void Dispose()
    {
        _native?.Dispose();
        _allocation?.Dispose();
    }
}
