using ModelPack.Models.Architectures;
using ModelPack.Models.Conversion;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Onnx.Export;

/// <summary>Cosines or sines of every position's rotations, [positions, dimensions / 2], computed as they are read.</summary>
/// <remarks>
/// Scaling of the frequencies, and of the attention where YaRN asks for it, is part of the table. Sources of the formulas: YaRN,
/// arXiv 2309.00071, with the rounding of transformers' _compute_yarn_parameters; <see cref="RopeFactors"/> for Llama 3.1.
/// </remarks>
internal sealed class RotaryTable : TensorSource
{
    /// <summary>The longest context that is believed: ten times today's longest.</summary>
    private const int MostPositions = 1 << 24;

    private readonly double[] _frequencies;
    private readonly double _factor;
    private readonly Func<double, double> _wave;

    private RotaryTable(int positions, double[] frequencies, double factor, Func<double, double> wave)
        : base(positions, frequencies.Length)
    {
        (_frequencies, _factor, _wave) = (frequencies, factor, wave);
    }

    /// <inheritdoc/>
    public override DType NaturalType => DType.F32;

    /// <summary>The cosine and the sine table of a model.</summary>
    /// <exception cref="UnsupportedModelException">The context is too long for a table.</exception>
    public static (RotaryTable Cosine, RotaryTable Sine) Of(DecoderSpec spec)
    {
        if (spec.ContextLength > MostPositions)
        {
            throw new UnsupportedModelException(
                $"config.json: max_position_embeddings: {spec.ContextLength}; expected at most {MostPositions} for a table of rotations");
        }

        double[] frequencies = Frequencies(spec.Rope);
        double factor = spec.Rope.Scaling is RopeScaling.Yarn yarn ? AttentionFactor(yarn) : 1;
        return (new(spec.ContextLength, frequencies, factor, Math.Cos), new(spec.ContextLength, frequencies, factor, Math.Sin));
    }

    /// <summary>YaRN's attention temperature for a weight of it: 0.1 · weight · ln(factor) + 1.</summary>
    public static double Temperature(double factor, double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;

    /// <inheritdoc/>
    public override void Read(long firstRow, Span<float> destination)
    {
        int rows = RowRun.Count(this, firstRow, destination);
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = destination.Slice(row * Columns, Columns);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = (float)(_factor * _wave((firstRow + row) * _frequencies[i]));
            }
        }
    }

    private static double[] Frequencies(RopeSpec rope)
    {
        double[] frequencies = new double[rope.Dimensions / 2];
        float[]? factors = rope.Scaling is RopeScaling.Llama3 llama ? RopeFactors.Of(rope, llama) : null;
        for (int i = 0; i < frequencies.Length; i++)
        {
            double trained = Math.Pow(rope.Base, -2.0 * i / rope.Dimensions);
            frequencies[i] = rope.Scaling switch
            {
                RopeScaling.Linear linear => trained / linear.Factor,
                RopeScaling.Llama3 => trained / factors![i],
                RopeScaling.Table table => trained / table.Factors[i],
                RopeScaling.Yarn yarn => Stretch(trained, i, rope, yarn),

                // Dynamic scaling changes nothing up to the trained length, where the table ends.
                _ => trained,
            };
        }

        return frequencies;
    }

    private static double Stretch(double trained, int pair, RopeSpec rope, RopeScaling.Yarn yarn)
    {
        double low = Math.Max(0, Math.Floor(PairOf(yarn.BetaFast ?? 32, rope, yarn)));
        double high = Math.Min(rope.Dimensions - 1, Math.Ceiling(PairOf(yarn.BetaSlow ?? 1, rope, yarn)));
        double ramp = Math.Clamp((pair - low) / Math.Max(0.001, high - low), 0, 1);
        double kept = (1 - ramp) * (yarn.ExtrapolationFactor ?? 1);
        return (trained / yarn.Factor * (1 - kept)) + (trained * kept);
    }

    // The pair, as a fraction, that turns so many times within the trained length.
    private static double PairOf(double rotations, RopeSpec rope, RopeScaling.Yarn yarn) =>
        rope.Dimensions * Math.Log(yarn.OriginalContext / (rotations * 2 * Math.PI)) / (2 * Math.Log(rope.Base));

    private static double AttentionFactor(RopeScaling.Yarn yarn) =>
        yarn.AttentionFactor ?? (yarn is { Mscale: { } one and not 0, MscaleAllDimensions: { } all and not 0 }
            ? Temperature(yarn.Factor, one) / Temperature(yarn.Factor, all)
            : Temperature(yarn.Factor, 1));
}
