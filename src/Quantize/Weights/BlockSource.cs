using System.Buffers;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;

namespace ModelPack.Quantize.Weights;

/// <summary>A quantized tensor of a GGUF file as the weights that its blocks stand for.</summary>
/// <param name="gguf">Must stay open.</param>
/// <param name="tensor">One of its tensors.</param>
/// <param name="type">The tensor's type.</param>
internal sealed class BlockSource(GgufFile gguf, GgufTensorInfo tensor, QuantType type)
    : TensorSource(tensor.Count / tensor.Shape[0], checked((int)tensor.Shape[0]))
{
    private const int StretchWeights = 1 << 18;

    /// <inheritdoc/>
    public override DType NaturalType => DType.F32;

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checked((firstRow * Columns) + destination.Length), tensor.Count);
        int stretch = Math.Min(destination.Length, Math.Max(type.Storage.BlockWeights, StretchWeights));
        stretch -= stretch % type.Storage.BlockWeights;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked((int)type.Storage.SizeOf(stretch)));
        try
        {
            long offset = type.Storage.SizeOf(firstRow * Columns);
            while (!destination.IsEmpty)
            {
                int weights = Math.Min(stretch, destination.Length);
                Span<byte> blocks = bytes.AsSpan(0, (int)type.Storage.SizeOf(weights));
                gguf.ReadBytes(tensor, offset, blocks);
                type.Decode(blocks, destination[..weights]);
                destination = destination[weights..];
                offset += blocks.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
