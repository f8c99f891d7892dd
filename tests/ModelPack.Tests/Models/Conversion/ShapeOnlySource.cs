using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Models.Conversion;

/// <summary>A tensor that has a size and no weights: reading it is a test's mistake.</summary>
internal sealed class ShapeOnlySource(IReadOnlyList<long> shape) : TensorSource(
    shape.Count > 1 ? shape.Take(shape.Count - 1).Aggregate(1L, static (n, d) => checked(n * d)) : 1,
    checked((int)shape[^1]))
{
    public override DType NaturalType => DType.BF16;

    public override void Read(long firstRow, Span<float> destination) =>
        throw new InvalidOperationException("A plan reads no weights.");
}
