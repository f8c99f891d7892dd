using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ModelPack.Runtime.Interop;

/// <summary>A matrix in memory that someone else owns.</summary>
/// <param name="Address">Of its first value.</param>
/// <param name="Count">Rows.</param>
/// <param name="Columns">Values of a row, one behind the other.</param>
internal readonly unsafe record struct FloatRows(nint Address, long Count, int Columns)
{
    /// <summary>Number of values.</summary>
    public long Length => Count * Columns;

    /// <summary>Some of the rows.</summary>
    public FloatRows Slice(long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Count);
        return new(Address + (nint)(first * Columns * sizeof(float)), count, Columns);
    }

    /// <summary>One row.</summary>
    public Span<float> this[long row] => Slice(row, 1).Span;

    /// <summary>All values.</summary>
    public Span<float> Span => new((float*)Address, checked((int)Length));

    /// <summary>The matrix as ONNX Runtime sees it; valid as long as the memory.</summary>
    public OrtValue Value() => Value(Count, Columns);

    /// <summary>The same values in another shape.</summary>
    public OrtValue Value(params long[] shape) => OrtValue.CreateTensorValueWithData(
        OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape, Address, Length * sizeof(float));
}
