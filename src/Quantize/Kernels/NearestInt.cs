namespace ModelPack.Quantize.Kernels;

/// <summary>ggml's rounding to the nearest integer, ties to even, by adding 1.5·2²³ and reading the mantissa.</summary>
/// <remarks>
/// Beyond ±2²² the mantissa holds other bits, and a number that is none gives 0; the files depend on it.
/// Source: ggml v0.5.0, ggml-quants.c: nearest_int.
/// </remarks>
internal static class NearestInt
{
    /// <summary>1.5·2²³: floats near it are the integers.</summary>
    public const float Magic = 12582912f;

    /// <summary>Quotients of a smaller magnitude round as numbers do.</summary>
    public const float Limit = 4194304f;

    public static int Of(float value) =>
        (BitConverter.SingleToInt32Bits(value + Magic) & 0x007fffff) - 0x00400000;
}
