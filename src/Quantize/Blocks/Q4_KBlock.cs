using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q4_K: 256 weights of 4 bits in 8 sub-blocks of 32 with a scale and a minimum each, 144 bytes.</summary>
/// <remarks>Weight 64·k + i (i below 32) is the low half of byte 32·k + i, weight 64·k + 32 + i its high half.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q4_KBlock : IKBlock<Q4_KBlock>, ILevelBlock<Q4_KBlock>
{
    public Half Scale;
    public Half Minimum;
    public KScales SubScales;
    public Quants128 Quants;

    public static AffineSearch Plain => new(Weights: 32, Top: 15, First: -1, Step: 0.1f, LastStep: 20);

    public static AffineSearch Weighted => new(Weights: 32, Top: 15, First: -0.9f, Step: 0.05f, LastStep: 36);

    public static int TopCode => 63;

    public static byte CodeLimit => 63;

    public static bool AddsRootMeanSquare => true;

    public static float MeanSquareFactor => 2;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q4_KBlock> blocks) =>
        KKernel<Q4_KBlock>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q4_KBlock> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            Span<float> x = weights.Slice(i * 256, 256);
            for (int j = 0; j < 256; j++)
            {
                (float scale, float minimum) = blocks[i].ScalesOf(j / 32);
                int pair = blocks[i].Quants[(j / 64 * 32) + (j % 32)];
                x[j] = (scale * (j % 64 < 32 ? pair & 15 : pair >> 4)) - minimum;
            }
        }
    }

    public void SetScales(float scale, float minimum, ReadOnlySpan<byte> scaleCodes, ReadOnlySpan<byte> minimumCodes)
    {
        (Scale, Minimum) = ((Half)scale, (Half)minimum);
        SubScales.Set(scaleCodes, minimumCodes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (float Scale, float Minimum) ScalesOf(int subBlock)
    {
        (int scale, int minimum) = SubScales.Get(subBlock);
        return ((float)Scale * scale, (float)Minimum * minimum);
    }

    public void SetLevels(ReadOnlySpan<byte> levels) => NibblePairs.Write(levels, Quants);

    static int ILevelBlock<Q4_KBlock>.Count => 256;

    static int ILevelBlock<Q4_KBlock>.Run => 32;

    static int ILevelBlock<Q4_KBlock>.Lowest => 0;

    static int ILevelBlock<Q4_KBlock>.Highest => 15;

    public readonly (float Step, float Offset) GridOf(int run)
    {
        (float scale, float minimum) = ScalesOf(run);
        return (scale, -minimum);
    }

    public void SetCodes(ReadOnlySpan<byte> codes) => SetLevels(codes);

    [InlineArray(128)]
    internal struct Quants128
    {
        private byte _first;
    }
}
