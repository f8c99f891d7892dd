using System.Runtime.InteropServices;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>One weight in 16 bits: IEEE half precision; what is beyond 65504 becomes infinite, as in ggml.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct F16Block : IQuantBlock<F16Block>
{
    public ushort Bits;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<F16Block> blocks) =>
        FloatConversion.NarrowF16(weights, MemoryMarshal.AsBytes(blocks));

    public static void Decode(ReadOnlySpan<F16Block> blocks, Span<float> weights) =>
        FloatConversion.WidenF16(MemoryMarshal.AsBytes(blocks), weights);
}
