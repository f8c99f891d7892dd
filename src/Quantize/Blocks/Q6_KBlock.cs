using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q6_K: 16 runs of 16 codes of 6 bits, a signed byte of scale each, under one half-precision scale; 210 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q6_KBlock : IQuantBlock<Q6_KBlock>, ILevelBlock<Q6_KBlock>
{
    /// <summary>Codes 0 … 63 stand for −32 … 31.</summary>
    public const int Range = 32;

    /// <summary>Low 4 bits: in each half of 128 weights, byte <c>l</c> holds codes <c>l</c> and <c>l+64</c>.</summary>
    public Bytes128 Low;

    /// <summary>High 2 bits: in each half of 128 weights, byte <c>l</c> holds codes <c>l</c>, <c>l+32</c>, <c>l+64</c>, <c>l+96</c>.</summary>
    public Bytes64 High;

    /// <summary>Scale of each run, in units of <see cref="Scale"/>.</summary>
    public SBytes16 Scales;

    public Half Scale;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q6_KBlock> blocks) =>
        Q6_KKernel.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q6_KBlock> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            float scale = (float)blocks[i].Scale;
            for (int j = 0; j < 256; j++)
            {
                (int half, int l) = (j / 128, j % 128);
                int low = (blocks[i].Low[(half * 64) + (l % 64)] >> (l / 64 * 4)) & 0x0F;
                int high = (blocks[i].High[(half * 32) + (l % 32)] >> (l / 32 * 2)) & 0x03;
                weights[(i * 256) + j] = scale * blocks[i].Scales[j / 16] * ((low | (high << 4)) - Range);
            }
        }
    }

    /// <summary>Packs 256 codes, one a byte.</summary>
    public void Pack(ReadOnlySpan<byte> codes)
    {
        Vector128<byte> nibble = Vector128.Create((byte)0x0F);
        for (int half = 0; half < 2; half++)
        {
            for (int l = 0; l < 32; l += 16)
            {
                ReadOnlySpan<byte> from = codes.Slice((half * 128) + l, 112);
                Vector128<byte> a = Vector128.Create(from);
                Vector128<byte> b = Vector128.Create(from[32..]);
                Vector128<byte> c = Vector128.Create(from[64..]);
                Vector128<byte> d = Vector128.Create(from[96..]);
                ((a & nibble) | (c << 4)).CopyTo(Low[((half * 64) + l)..]);
                ((b & nibble) | (d << 4)).CopyTo(Low[((half * 64) + l + 32)..]);
                ((a >> 4) | ((b >> 4) << 2) | ((c >> 4) << 4) | ((d >> 4) << 6)).CopyTo(High[((half * 32) + l)..]);
            }
        }
    }

    static int ILevelBlock<Q6_KBlock>.Count => 256;

    static int ILevelBlock<Q6_KBlock>.Run => 16;

    static int ILevelBlock<Q6_KBlock>.Lowest => -Range;

    static int ILevelBlock<Q6_KBlock>.Highest => Range - 1;

    public readonly (float Step, float Offset) GridOf(int run) => ((float)Scale * Scales[run], 0);

    public void SetCodes(ReadOnlySpan<byte> codes) => Pack(codes);

    [InlineArray(128)]
    internal struct Bytes128
    {
        private byte _first;
    }

    [InlineArray(64)]
    internal struct Bytes64
    {
        private byte _first;
    }

    [InlineArray(16)]
    internal struct SBytes16
    {
        private sbyte _first;
    }
}
