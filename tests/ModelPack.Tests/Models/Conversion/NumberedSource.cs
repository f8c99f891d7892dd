using ModelPack.Models.Tensors;

namespace ModelPack.Tests.Models.Conversion;

/// <summary>A matrix whose weights are their own index, so that every reordering can be read off.</summary>
internal sealed class NumberedSource(long rows, int columns) : TensorSource(rows, columns)
{
    public override DType NaturalType => DType.BF16;

    public override void Read(long firstRow, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (firstRow * Columns) + i;
        }
    }

    public static float[] ReadAll(TensorSource source)
    {
        float[] weights = new float[source.Rows * source.Columns];
        source.Read(0, weights);
        return weights;
    }
}
