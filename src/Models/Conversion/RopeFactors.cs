using ModelPack.Models.Architectures;

namespace ModelPack.Models.Conversion;

/// <summary>Llama 3.1's scaling of rotary frequencies as the tensor that llama.cpp divides them by.</summary>
/// <remarks>
/// float32 at every step, as llama.cpp's converter computes it with torch. Source of the formula: transformers,
/// _compute_llama3_parameters.
/// </remarks>
internal static class RopeFactors
{
    /// <summary>One factor for each pair of rotated elements, between 1 and the scaling's factor.</summary>
    public static float[] Of(RopeSpec rope, RopeScaling.Llama3 scaling)
    {
        float[] factors = new float[rope.Dimensions / 2];
        float longest = (float)(scaling.OriginalContext / scaling.LowFactor);
        float shortest = (float)(scaling.OriginalContext / scaling.HighFactor);
        for (int i = 0; i < factors.Length; i++)
        {
            float frequency = 1f / (float)Math.Pow(rope.Base, 2f * i / rope.Dimensions);
            float wavelength = (float)(2 * Math.PI) / frequency;
            float smooth = (scaling.OriginalContext / wavelength - (float)scaling.LowFactor)
                / (float)(scaling.HighFactor - scaling.LowFactor);
            factors[i] = wavelength < shortest ? 1f
                : wavelength > longest ? (float)scaling.Factor
                : 1f / ((1f - smooth) / (float)scaling.Factor + smooth);
        }

        return factors;
    }
}
