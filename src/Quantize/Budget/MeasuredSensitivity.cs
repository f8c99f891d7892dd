using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Budget;

/// <summary>Sensitivities measured at some layers: divergence of the model's output per unit of output error of a weight.</summary>
/// <remarks>
/// Errors beside many others add up: what one adds to the divergence is proportional to its square. Between measured layers the logarithm
/// is interpolated; outside, the nearest layer counts.
/// </remarks>
public sealed class MeasuredSensitivity : Sensitivity
{
    private readonly Dictionary<TensorKind, SortedList<int, double>> _factors = [];

    /// <summary>Notes a measurement.</summary>
    /// <param name="kind">Which weights.</param>
    /// <param name="layer">Of which layer.</param>
    /// <param name="divergence">What their error adds to the mean divergence of the output, not negative.</param>
    /// <param name="loss">That error: <see cref="ErrorInjection.Losses"/> a token of the pass.</param>
    public void Add(TensorKind kind, int layer, double divergence, double loss)
    {
        if (loss > 0 && double.IsFinite(divergence))
        {
            (_factors.TryGetValue(kind, out SortedList<int, double>? layers) ? layers : _factors[kind] = [])[layer] =
                Math.Max(divergence, 1e-12) / loss;
        }
    }

    /// <summary>Tokens that the items' counts are of: losses come out as mean divergences then.</summary>
    public double Tokens { get; set; } = 1;

    /// <inheritdoc/>
    public override double Factor(TensorRole role, double energy)
    {
        if (!_factors.TryGetValue(role.Kind, out SortedList<int, double>? layers))
        {
            return Even.Factor(role, energy);
        }

        int layer = role.Layer ?? 0;
        int after = layers.Keys.TakeWhile(l => l < layer).Count();
        double factor = after == 0 ? layers.Values[0]
            : after == layers.Count ? layers.Values[^1]
            : Between(layers, after, layer);
        return factor / Tokens;
    }

    private static double Between(SortedList<int, double> layers, int after, int layer)
    {
        (int low, int high) = (layers.Keys[after - 1], layers.Keys[after]);
        double part = (double)(layer - low) / (high - low);
        return Math.Exp(((1 - part) * Math.Log(layers.Values[after - 1])) + (part * Math.Log(layers.Values[after])));
    }
}
