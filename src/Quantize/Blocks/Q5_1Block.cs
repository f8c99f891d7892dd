using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q5_1: 32 codes of 5 bits with a half-precision scale and minimum, the fifth bits apart, 24 bytes a block.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q5_1Block : IAffineBlock<Q5_1Block>, ILevelBlock<Q5_1Block>
{
    public Half Scale;
    public Half Min;
    public uint FifthBits;
    public Nibbles Codes;

    public static int Top => 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Q5_1Block Pack(Half scale, Half min, Vector128<byte> low, Vector128<byte> high) =>
        new() { Scale = scale, Min = min, FifthBits = Nibbles.FifthBits(low, high), Codes = Nibbles.Pack(low, high) };

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q5_1Block> blocks) =>
        AffineKernel<Q5_1Block>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q5_1Block> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            float scale = (float)blocks[i].Scale;
            float min = (float)blocks[i].Min;
            for (int j = 0; j < 32; j++)
            {
                weights[(i * 32) + j] = ((blocks[i].Codes.Code(j) | (int)(((blocks[i].FifthBits >> j) & 1) << 4)) * scale) + min;
            }
        }
    }

    static int ILevelBlock<Q5_1Block>.Count => 32;

    static int ILevelBlock<Q5_1Block>.Run => 32;

    static int ILevelBlock<Q5_1Block>.Lowest => 0;

    static int ILevelBlock<Q5_1Block>.Highest => Top;

    public readonly (float Step, float Offset) GridOf(int run) => ((float)Scale, (float)Min);

    public void SetCodes(ReadOnlySpan<byte> codes) => this = Pack(Scale, Min, Vector128.Create(codes), Vector128.Create(codes[16..]));
}
