using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q4_1: 32 codes of 4 bits with a half-precision scale and minimum, 20 bytes a block.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q4_1Block : IAffineBlock<Q4_1Block>, ILevelBlock<Q4_1Block>
{
    public Half Scale;
    public Half Min;
    public Nibbles Codes;

    public static int Top => 15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Q4_1Block Pack(Half scale, Half min, Vector128<byte> low, Vector128<byte> high) =>
        new() { Scale = scale, Min = min, Codes = Nibbles.Pack(low, high) };

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q4_1Block> blocks) =>
        AffineKernel<Q4_1Block>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q4_1Block> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            float scale = (float)blocks[i].Scale;
            float min = (float)blocks[i].Min;
            for (int j = 0; j < 32; j++)
            {
                weights[(i * 32) + j] = (blocks[i].Codes.Code(j) * scale) + min;
            }
        }
    }

    static int ILevelBlock<Q4_1Block>.Count => 32;

    static int ILevelBlock<Q4_1Block>.Run => 32;

    static int ILevelBlock<Q4_1Block>.Lowest => 0;

    static int ILevelBlock<Q4_1Block>.Highest => Top;

    public readonly (float Step, float Offset) GridOf(int run) => ((float)Scale, (float)Min);

    public void SetCodes(ReadOnlySpan<byte> codes) => this = Pack(Scale, Min, Vector128.Create(codes), Vector128.Create(codes[16..]));
}
