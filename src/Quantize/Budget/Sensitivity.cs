using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Budget;

/// <summary>How much the model's output suffers from an error in a weight's output.</summary>
/// <remarks>
/// The loss of an item is <c>factor × Σ tokens × h_j × Δ_j²</c> over its weights: h_j mean squared inputs, Δ the weights' errors. Rounding
/// errors of different columns are as good as independent, so the diagonal of the inputs' moments is enough for their expected output error.
/// </remarks>
public abstract class Sensitivity
{
    /// <summary>Nothing was measured: errors count by their share of the output's energy, everywhere the same.</summary>
    public static Sensitivity Even { get; } = new EvenSensitivity();

    /// <summary>The factor of a weight.</summary>
    /// <param name="role">The weight, or the stack of all experts.</param>
    /// <param name="energy"><c>Σ tokens × h_j × w_j²</c> over the whole layer's weights of that kind.</param>
    public abstract double Factor(TensorRole role, double energy);

    private sealed class EvenSensitivity : Sensitivity
    {
        public override double Factor(TensorRole role, double energy) => energy > 0 ? 1 / energy : 0;
    }
}
