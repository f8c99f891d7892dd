using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q4_0: 32 codes of 4 bits around zero under one half-precision scale, 18 bytes a block.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q4_0Block : ISymmetricBlock<Q4_0Block>, ILevelBlock<Q4_0Block>
{
    public Half Scale;
    public Nibbles Codes;

    public static int Range => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Q4_0Block Pack(Half scale, Vector128<byte> low, Vector128<byte> high) =>
        new() { Scale = scale, Codes = Nibbles.Pack(low, high) };

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q4_0Block> blocks) =>
        SymmetricKernel<Q4_0Block>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q4_0Block> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            float scale = (float)blocks[i].Scale;
            for (int j = 0; j < 32; j++)
            {
                weights[(i * 32) + j] = (blocks[i].Codes.Code(j) - Range) * scale;
            }
        }
    }

    static int ILevelBlock<Q4_0Block>.Count => 32;

    static int ILevelBlock<Q4_0Block>.Run => 32;

    static int ILevelBlock<Q4_0Block>.Lowest => -Range;

    static int ILevelBlock<Q4_0Block>.Highest => Range - 1;

    public readonly (float Step, float Offset) GridOf(int run) => ((float)Scale, 0);

    public void SetCodes(ReadOnlySpan<byte> codes) => this = Pack(Scale, Vector128.Create(codes), Vector128.Create(codes[16..]));
}
