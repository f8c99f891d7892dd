namespace ModelPack.Quantize.Onnx.Encoders;

/// <summary>The grid of scales, and zero points, that a search by importance tries; plain rounding is one of them.</summary>
/// <remarks>
/// Without zero points a scale is a factor times the weight of greatest magnitude: that weight becomes the lowest level,
/// or the highest of the other sign, or is cut off by up to two fifths. With zero points a scale is a factor times the
/// range, with the nearest zero point and its two neighbors. 8 bits gain from small changes only.
/// </remarks>
internal sealed class BlockCandidates
{
    private BlockCandidates(float[] factors, float[] zeroSteps, int plain, float fine) =>
        (Factors, ZeroSteps, Plain, Fine) = (factors, zeroSteps, plain, [.. Enumerable.Range(-8, 16).Select(i => 1 + (i * fine))]);

    /// <summary>What the weight of greatest magnitude, or the range, is multiplied with; a multiple of 16.</summary>
    public float[] Factors { get; }

    /// <summary>What is added to the nearest zero point.</summary>
    public float[] ZeroSteps { get; }

    /// <summary>Index of the candidate that is plain rounding.</summary>
    public int Plain { get; }

    /// <summary>What the least-squares scale of the best candidate is multiplied with, to try its neighbors; 16.</summary>
    public float[] Fine { get; }

    /// <summary>The candidates of a grid.</summary>
    public static BlockCandidates For(BlockGrid grid) => (grid.Bits, grid.IsSymmetric) switch
    {
        (4, true) => Symmetric4,
        (4, false) => Affine4,
        (_, true) => Symmetric8,
        (_, false) => Affine8,
    };

    private static BlockCandidates Symmetric4 { get; } = Symmetric(middle: 8, above: 5, unit: 50, count: 24, fine: 1f / 256);

    private static BlockCandidates Affine4 { get; } = Affine(top: 15, above: 4, unit: 50, count: 16, fine: 1f / 256);

    private static BlockCandidates Symmetric8 { get; } = Symmetric(middle: 128, above: 4, unit: 200, count: 16, fine: 1f / 4096);

    private static BlockCandidates Affine8 { get; } = Affine(top: 255, above: 4, unit: 200, count: 16, fine: 1f / 4096);

    private static BlockCandidates Symmetric(int middle, int above, float unit, int count, float fine)
    {
        float[] shares = Shares(above, unit, count);
        return new([.. shares.Select(p => p / -middle), .. shares.Select(p => p / (middle - 1))], new float[2 * count], above, fine);
    }

    private static BlockCandidates Affine(int top, int above, float unit, int count, float fine)
    {
        float[] factors = [.. Shares(above, unit, count).Select(p => p / top)];
        return new(
            [.. factors, .. factors, .. factors],
            [.. Enumerable.Range(0, 3 * count).Select(i => (float)((i / count) - 1))],
            count + above,
            fine);
    }

    /// <summary>Shares of a scale in descending order, around 1.</summary>
    private static float[] Shares(int above, float unit, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (unit + above - i) / unit)];
}
