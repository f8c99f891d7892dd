using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q8_0: 32 signed bytes under one half-precision scale, 34 bytes a block.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q8_0Block : IQuantBlock<Q8_0Block>, ILevelBlock<Q8_0Block>
{
    public Half Scale;
    public Quants32 Quants;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q8_0Block> blocks) =>
        Q8_0Kernel.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q8_0Block> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            float scale = (float)blocks[i].Scale;
            for (int j = 0; j < 32; j++)
            {
                weights[(i * 32) + j] = scale * blocks[i].Quants[j];
            }
        }
    }

    static int ILevelBlock<Q8_0Block>.Count => 32;

    static int ILevelBlock<Q8_0Block>.Run => 32;

    static int ILevelBlock<Q8_0Block>.Lowest => -127;

    static int ILevelBlock<Q8_0Block>.Highest => 127;

    public readonly (float Step, float Offset) GridOf(int run) => ((float)Scale, 0);

    public void SetCodes(ReadOnlySpan<byte> codes)
    {
        for (int j = 0; j < 32; j++)
        {
            Quants[j] = (sbyte)(codes[j] - 127);
        }
    }

    [InlineArray(32)]
    internal struct Quants32
    {
        private sbyte _first;
    }
}
