using ModelPack.Quantize.Blocks;

namespace ModelPack.Quantize.Kernels;

/// <summary>Encodes <see cref="Q8_0Block"/>s; every variant gives the same bytes.</summary>
internal static class Q8_0Kernel
{
    internal delegate void Encoder(ReadOnlySpan<float> weights, Span<Q8_0Block> blocks);

    /// <summary>Every variant by name, the specification first; tests run them all on any machine.</summary>
    internal static IReadOnlyDictionary<string, Encoder> Variants { get; } = new Dictionary<string, Encoder>
    {
        ["scalar"] = Scalar,
    };

    internal static Encoder Best { get; } = Scalar;

    private static void Scalar(ReadOnlySpan<float> weights, Span<Q8_0Block> blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            ReadOnlySpan<float> x = weights.Slice(i * 32, 32);
            float peak = 0;
            foreach (float w in x)
            {
                peak = MathF.Max(peak, MathF.Abs(w));
            }

            float scale = peak / 127f;
            float inverse = scale == 0 ? 0 : 1f / scale;
            blocks[i].Scale = (Half)scale;
            for (int j = 0; j < 32; j++)
            {
                blocks[i].Quants[j] = (sbyte)MathF.Round(x[j] * inverse, MidpointRounding.AwayFromZero);
            }
        }
    }
}
