using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q2_K: 256 weights of 2 bits in 16 sub-blocks of 16 with a scale and a minimum each, 84 bytes.</summary>
/// <remarks>
/// A scale byte holds a scale code (low half) and a minimum code. Weights 128·h + 32·k + i (i below 32) share byte 32·h + i,
/// at bit 2·k.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q2_KBlock : IKBlock<Q2_KBlock>, ILevelBlock<Q2_KBlock>
{
    public SubScales16 SubScales;
    public Quants64 Quants;
    public Half Scale;
    public Half Minimum;

    public static AffineSearch Plain =>
        new(Weights: 16, Top: 3, First: -0.5f, Step: 0.1f, LastStep: 15, Absolute: true);

    public static AffineSearch Weighted => new(Weights: 16, Top: 3, First: -0.9f, Step: 0.05f, LastStep: 36);

    public static int TopCode => 15;

    public static byte CodeLimit => 255;

    public static bool AddsRootMeanSquare => false;

    public static float MeanSquareFactor => 1;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q2_KBlock> blocks) =>
        KKernel<Q2_KBlock>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q2_KBlock> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            Span<float> x = weights.Slice(i * 256, 256);
            for (int j = 0; j < 256; j++)
            {
                (float scale, float minimum) = blocks[i].ScalesOf(j / 16);
                int four = blocks[i].Quants[(j / 128 * 32) + (j % 32)];
                x[j] = (scale * ((four >> (j % 128 / 32 * 2)) & 3)) - minimum;
            }
        }
    }

    public void SetScales(float scale, float minimum, ReadOnlySpan<byte> scaleCodes, ReadOnlySpan<byte> minimumCodes)
    {
        (Scale, Minimum) = ((Half)scale, (Half)minimum);
        for (int j = 0; j < 16; j++)
        {
            SubScales[j] = (byte)(scaleCodes[j] | (minimumCodes[j] << 4));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (float Scale, float Minimum) ScalesOf(int subBlock) =>
        ((float)Scale * (SubScales[subBlock] & 15), (float)Minimum * (SubScales[subBlock] >> 4));

    public void SetLevels(ReadOnlySpan<byte> levels)
    {
        Span<byte> bytes = Quants;
        for (int half = 0; half < 2; half++)
        {
            Vector256<byte> four = Vector256<byte>.Zero;
            for (int k = 3; k >= 0; k--)
            {
                four = (four << 2) | Vector256.Create(levels.Slice((128 * half) + (32 * k), 32));
            }

            four.CopyTo(bytes.Slice(32 * half, 32));
        }
    }

    static int ILevelBlock<Q2_KBlock>.Count => 256;

    static int ILevelBlock<Q2_KBlock>.Run => 16;

    static int ILevelBlock<Q2_KBlock>.Lowest => 0;

    static int ILevelBlock<Q2_KBlock>.Highest => 3;

    public readonly (float Step, float Offset) GridOf(int run)
    {
        (float scale, float minimum) = ScalesOf(run);
        return (scale, -minimum);
    }

    public void SetCodes(ReadOnlySpan<byte> codes) => SetLevels(codes);

    [InlineArray(16)]
    internal struct SubScales16
    {
        private byte _first;
    }

    [InlineArray(64)]
    internal struct Quants64
    {
        private byte _first;
    }
}
