using ModelPack.Quantize.Blocks;

namespace ModelPack.Quantize.Kernels;

/// <summary>Codes the scales and minimums of a super-block's sub-blocks against the largest of them.</summary>
internal static class KCodes
{
    public static void Plain<TBlock>(ref TBlock block, ReadOnlySpan<float> scales, ReadOnlySpan<float> minimums)
        where TBlock : unmanaged, IKBlock<TBlock>
    {
        Span<byte> scaleCodes = stackalloc byte[scales.Length];
        Span<byte> minimumCodes = stackalloc byte[scales.Length];
        float scale = Code<TBlock>(scales, scaleCodes);
        float minimum = Code<TBlock>(minimums, minimumCodes);
        block.SetScales(scale, minimum, scaleCodes, minimumCodes);
    }

    private static float Code<TBlock>(ReadOnlySpan<float> values, Span<byte> codes)
        where TBlock : unmanaged, IKBlock<TBlock>
    {
        float peak = 0;
        foreach (float value in values)
        {
            peak = value > peak ? value : peak;
        }

        float inverse = peak > 0 ? TBlock.TopCode / peak : 0;
        for (int j = 0; j < values.Length; j++)
        {
            codes[j] = Math.Min(TBlock.CodeLimit, (byte)Rounding.Nearest(inverse * values[j]));
        }

        return peak > 0 ? peak / TBlock.TopCode : 0;
    }
}
