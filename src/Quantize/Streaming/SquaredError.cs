namespace ModelPack.Quantize.Streaming;

/// <summary>Sums from which relative errors follow.</summary>
/// <param name="Error">Σ (decoded − weight)².</param>
/// <param name="Power">Σ weight².</param>
/// <param name="Largest">max |decoded − weight|.</param>
internal readonly record struct SquaredError(double Error, double Power, float Largest)
{
    /// <summary>Root mean square error, relative to that of the weights; 0 for weights that are all zero.</summary>
    public double Relative => Power == 0 ? 0 : Math.Sqrt(Error / Power);

    /// <summary>Compares weights with what was stored.</summary>
    public static SquaredError Between(ReadOnlySpan<float> weights, ReadOnlySpan<float> decoded)
    {
        double error = 0;
        double power = 0;
        float largest = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            float difference = decoded[i] - weights[i];
            error += (double)difference * difference;
            power += (double)weights[i] * weights[i];
            largest = MathF.Max(largest, MathF.Abs(difference));
        }

        return new(error, power, largest);
    }

    public static SquaredError operator +(SquaredError a, SquaredError b) =>
        new(a.Error + b.Error, a.Power + b.Power, MathF.Max(a.Largest, b.Largest));
}
