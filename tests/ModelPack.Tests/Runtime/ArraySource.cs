using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Runtime;

/// <summary>Weights in an array.</summary>
internal sealed class ArraySource(float[] values, int columns) : TensorSource(values.Length / columns, columns)
{
    public override DType NaturalType => DType.F32;

    public override void Read(long firstRow, Span<float> destination) =>
        values.AsSpan((int)firstRow * Columns, destination.Length).CopyTo(destination);
}
