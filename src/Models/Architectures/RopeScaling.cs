namespace ModelPack.Models.Architectures;

/// <summary>Stretching of rotary frequencies for long contexts; a closed choice.</summary>
public abstract record RopeScaling
{
    private RopeScaling()
    {
    }

    /// <summary>Frequencies as trained.</summary>
    public sealed record None : RopeScaling;

    /// <summary>All frequencies divided by a factor.</summary>
    /// <param name="Factor">At least 1 in practice.</param>
    public sealed record Linear(double Factor) : RopeScaling;

    /// <summary>The base grows with the length of the text; no change inside the trained length.</summary>
    /// <param name="Factor">Growth.</param>
    public sealed record Dynamic(double Factor) : RopeScaling;

    /// <summary>YaRN: high frequencies as trained, low ones divided, a ramp between, and warmer attention.</summary>
    /// <param name="Factor">Division of the low frequencies.</param>
    /// <param name="OriginalContext">Trained length.</param>
    /// <param name="BetaFast">Rotations in the trained length above which a frequency stays; null for the default, 32.</param>
    /// <param name="BetaSlow">Rotations below which it is divided in full; null for the default, 1.</param>
    /// <param name="ExtrapolationFactor">Weight of the ramp; null for 1.</param>
    /// <param name="AttentionFactor">Overrides the computed attention temperature.</param>
    /// <param name="Mscale">DeepSeek: weight of the temperature on the rotated part.</param>
    /// <param name="MscaleAllDimensions">DeepSeek: weight of the temperature on the whole attention.</param>
    /// <remarks>Source: YaRN, arXiv 2309.00071.</remarks>
    public sealed record Yarn(
        double Factor,
        int OriginalContext,
        double? BetaFast,
        double? BetaSlow,
        double? ExtrapolationFactor,
        double? AttentionFactor,
        double? Mscale,
        double? MscaleAllDimensions) : RopeScaling;

    /// <summary>Llama 3.1: low frequencies divided, high ones kept, linear in between.</summary>
    /// <param name="Factor">Division of the low frequencies.</param>
    /// <param name="LowFactor">Trained length / this is the wavelength from which on the division is full.</param>
    /// <param name="HighFactor">Trained length / this is the wavelength up to which nothing changes.</param>
    /// <param name="OriginalContext">Trained length.</param>
    public sealed record Llama3(double Factor, double LowFactor, double HighFactor, int OriginalContext) : RopeScaling;

    /// <summary>Every frequency divided by a number of its own, as a GGUF file's rope_freqs says.</summary>
    /// <param name="Factors">One for each pair of rotated elements, above 0.</param>
    public sealed record Table(IReadOnlyList<float> Factors) : RopeScaling;
}
