using System.Runtime.InteropServices;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>One weight in 16 bits: the upper half of single precision, rounded to the nearest, ties to even.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct BF16Block : IQuantBlock<BF16Block>
{
    public ushort Bits;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<BF16Block> blocks) =>
        FloatConversion.NarrowBF16(weights, MemoryMarshal.AsBytes(blocks));

    public static void Decode(ReadOnlySpan<BF16Block> blocks, Span<float> weights) =>
        FloatConversion.WidenBF16(MemoryMarshal.AsBytes(blocks), weights);
}
