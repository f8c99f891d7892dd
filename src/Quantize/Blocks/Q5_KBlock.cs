using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q5_K: Q4_K with a fifth bit a weight, 176 bytes.</summary>
/// <remarks>Bit k of high byte i is the fifth bit of weight 32·k + i.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q5_KBlock : IKBlock<Q5_KBlock>, ILevelBlock<Q5_KBlock>
{
    public Half Scale;
    public Half Minimum;
    public KScales SubScales;
    public High32 High;
    public Quants128 Quants;

    public static AffineSearch Plain => new(Weights: 32, Top: 31, First: -0.5f, Step: 0.1f, LastStep: 15);

    public static AffineSearch Weighted => new(Weights: 32, Top: 31, First: -0.9f, Step: 0.05f, LastStep: 36);

    public static int TopCode => 63;

    public static byte CodeLimit => 63;

    public static bool AddsRootMeanSquare => true;

    public static float MeanSquareFactor => 2;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q5_KBlock> blocks) =>
        KKernel<Q5_KBlock>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q5_KBlock> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            Span<float> x = weights.Slice(i * 256, 256);
            for (int j = 0; j < 256; j++)
            {
                (float scale, float minimum) = blocks[i].ScalesOf(j / 32);
                int pair = blocks[i].Quants[(j / 64 * 32) + (j % 32)];
                int high = (blocks[i].High[j % 32] >> (j / 32)) & 1;
                x[j] = (scale * ((j % 64 < 32 ? pair & 15 : pair >> 4) + (16 * high))) - minimum;
            }
        }
    }

    public void SetScales(float scale, float minimum, ReadOnlySpan<byte> scaleCodes, ReadOnlySpan<byte> minimumCodes)
    {
        (Scale, Minimum) = ((Half)scale, (Half)minimum);

        // Unlike Q4_K, with importance too a wrapped code is cut.
        Span<byte> cut = stackalloc byte[16];
        for (int j = 0; j < 8; j++)
        {
            cut[j] = Math.Min((byte)63, scaleCodes[j]);
            cut[j + 8] = Math.Min((byte)63, minimumCodes[j]);
        }

        SubScales.Set(cut[..8], cut[8..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (float Scale, float Minimum) ScalesOf(int subBlock)
    {
        (int scale, int minimum) = SubScales.Get(subBlock);
        return ((float)Scale * scale, (float)Minimum * minimum);
    }

    public void SetLevels(ReadOnlySpan<byte> levels)
    {
        NibblePairs.Write(levels, Quants);
        Vector256<byte> high = Vector256<byte>.Zero;
        for (int k = 7; k >= 0; k--)
        {
            high = (high << 1) | (Vector256.Create(levels.Slice(32 * k, 32)) >>> 4);
        }

        high.CopyTo(High);
    }

    static int ILevelBlock<Q5_KBlock>.Count => 256;

    static int ILevelBlock<Q5_KBlock>.Run => 32;

    static int ILevelBlock<Q5_KBlock>.Lowest => 0;

    static int ILevelBlock<Q5_KBlock>.Highest => 31;

    public readonly (float Step, float Offset) GridOf(int run)
    {
        (float scale, float minimum) = ScalesOf(run);
        return (scale, -minimum);
    }

    public void SetCodes(ReadOnlySpan<byte> codes) => SetLevels(codes);

    [InlineArray(32)]
    internal struct High32
    {
        private byte _first;
    }

    [InlineArray(128)]
    internal struct Quants128
    {
        private byte _first;
    }
}
