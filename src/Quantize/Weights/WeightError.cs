using ModelPack.Models.Architectures;

namespace ModelPack.Quantize.Weights;

/// <summary>How far a matrix of one model is from the same matrix of another.</summary>
/// <param name="Role">Which; experts one by one.</param>
/// <param name="Error">Sum of squared differences, each multiplied by the importance of its column.</param>
/// <param name="Power">Sum of the reference's squared weights, multiplied likewise.</param>
/// <param name="Weighted">Whether an importance was known; without one every column counts the same.</param>
public sealed record WeightError(TensorRole Role, double Error, double Power, bool Weighted)
{
    /// <summary>Root of the mean squared error, relative to that of the weights; 0 for weights that are all zero.</summary>
    public double Relative => Of(Error, Power);

    /// <summary>The relative error of several matrices together.</summary>
    public static double Of(IEnumerable<WeightError> errors)
    {
        (double error, double power) = (0, 0);
        foreach (WeightError one in errors)
        {
            error += one.Error;
            power += one.Power;
        }

        return Of(error, power);
    }

    private static double Of(double error, double power) => power == 0 ? 0 : Math.Sqrt(error / power);
}
