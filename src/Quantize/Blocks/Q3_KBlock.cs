using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>ggml's Q3_K: 16 runs of 16 codes of 3 bits, 6 bits of scale each, under one half-precision scale; 110 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Q3_KBlock : IQuantBlock<Q3_KBlock>
{
    /// <summary>Codes 0 … 7 stand for −4 … 3.</summary>
    public const int Range = 4;

    /// <summary>Scale codes 0 … 63 stand for −32 … 31.</summary>
    public const int ScaleRange = 32;

    /// <summary>High bits: bit <c>k</c> of byte <c>l</c> belongs to code <c>l + 32·k</c>.</summary>
    public Bytes32 High;

    /// <summary>Low 2 bits: in each half of 128 weights, byte <c>l</c> holds codes <c>l</c>, <c>l+32</c>, <c>l+64</c>, <c>l+96</c>.</summary>
    public Bytes64 Low;

    /// <summary>Scale codes: low 4 bits of runs <c>j</c> and <c>j+8</c> in byte <c>j</c>, the high 2 of four runs in each of the last four.</summary>
    public Bytes12 ScaleCodes;

    public Half Scale;

    public static void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<Q3_KBlock> blocks) =>
        Q3_KKernel.Variants.Best(weights, columns, importance, blocks);

    public static void Decode(ReadOnlySpan<Q3_KBlock> blocks, Span<float> weights)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            for (int j = 0; j < 256; j++)
            {
                float scale = (float)blocks[i].Scale * (blocks[i].ScaleCode(j / 16) - ScaleRange);
                int low = (blocks[i].Low[(j / 128 * 32) + (j % 32)] >> (j / 32 % 4 * 2)) & 0x03;
                int high = (blocks[i].High[j % 32] >> (j / 32)) & 1;
                weights[(i * 256) + j] = scale * ((low | (high << 2)) - Range);
            }
        }
    }

    /// <summary>Packs 16 scale codes, one a byte.</summary>
    public void PackScales(ReadOnlySpan<byte> codes)
    {
        ScaleCodes = default;
        for (int j = 0; j < 16; j++)
        {
            ScaleCodes[j % 8] |= (byte)((codes[j] & 0x0F) << (j / 8 * 4));
            ScaleCodes[8 + (j % 4)] |= (byte)((codes[j] >> 4) << (j / 4 * 2));
        }
    }

    /// <summary>Packs 256 codes, one a byte.</summary>
    public void Pack(ReadOnlySpan<byte> codes)
    {
        Vector128<byte> two = Vector128.Create((byte)0x03);
        Vector128<byte> one = Vector128.Create((byte)0x01);
        for (int l = 0; l < 32; l += 16)
        {
            Vector128<byte> high = default;
            for (int half = 0; half < 2; half++)
            {
                Vector128<byte> low = default;
                for (int k = 0; k < 4; k++)
                {
                    Vector128<byte> code = Vector128.Create(codes[((half * 128) + (k * 32) + l)..]);
                    low |= (code & two) << (2 * k);
                    high |= ((code >> 2) & one) << ((half * 4) + k);
                }

                low.CopyTo(Low[((half * 32) + l)..]);
            }

            high.CopyTo(High[l..]);
        }
    }

    private readonly int ScaleCode(int run) =>
        ((ScaleCodes[run % 8] >> (run / 8 * 4)) & 0x0F) | (((ScaleCodes[8 + (run % 4)] >> (run / 4 * 2)) & 0x03) << 4);

    [InlineArray(32)]
    internal struct Bytes32
    {
        private byte _first;
    }

    [InlineArray(64)]
    internal struct Bytes64
    {
        private byte _first;
    }

    [InlineArray(12)]
    internal struct Bytes12
    {
        private byte _first;
    }
}
