using System.Runtime.InteropServices;

namespace ModelPack.Quantize.Blocks;

/// <summary>One weight as it is, in 32 bits.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct F32Block : IQuantBlock<F32Block>
{
    public float Weight;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<F32Block> blocks) =>
        weights.CopyTo(MemoryMarshal.Cast<F32Block, float>(blocks));

    public static void Decode(ReadOnlySpan<F32Block> blocks, Span<float> weights) =>
        MemoryMarshal.Cast<F32Block, float>(blocks).CopyTo(weights);
}
