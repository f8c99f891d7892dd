using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q5_0: 32 codes of 5 bits around zero under one half-precision scale, the fifth bits apart, 22 bytes a block.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q5_0Block : ISymmetricBlock<Q5_0Block>, ILevelBlock<Q5_0Block>
{
    public Half Scale;
    public uint FifthBits;
    public Nibbles Codes;

    public static int Range => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Q5_0Block Pack(Half scale, Vector128<byte> low, Vector128<byte> high) =>
        new() { Scale = scale, FifthBits = Nibbles.FifthBits(low, high), Codes = Nibbles.Pack(low, high) };

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q5_0Block> blocks) =>
        SymmetricKernel<Q5_0Block>.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q5_0Block> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            float scale = (float)blocks[i].Scale;
            for (int j = 0; j < 32; j++)
            {
                weights[(i * 32) + j] = ((blocks[i].Codes.Code(j) | (int)(((blocks[i].FifthBits >> j) & 1) << 4)) - Range) * scale;
            }
        }
    }

    static int ILevelBlock<Q5_0Block>.Count => 32;

    static int ILevelBlock<Q5_0Block>.Run => 32;

    static int ILevelBlock<Q5_0Block>.Lowest => -Range;

    static int ILevelBlock<Q5_0Block>.Highest => Range - 1;

    public readonly (float Step, float Offset) GridOf(int run) => ((float)Scale, 0);

    public void SetCodes(ReadOnlySpan<byte> codes) => this = Pack(Scale, Vector128.Create(codes), Vector128.Create(codes[16..]));
}
