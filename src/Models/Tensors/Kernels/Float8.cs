namespace ModelPack.Models.Tensors.Kernels;

/// <summary>Single precision from the 8-bit formats that checkpoints store, exactly; one byte a value.</summary>
public static class Float8
{
    private static readonly float[] E4M3 = Table(static b => (b & 0x7F) == 0x7F ? float.NaN : Value(b, 3, 7));
    private static readonly float[] E5M2 = Table(static b => (float)BitConverter.UInt16BitsToHalf((ushort)(b << 8)));
    private static readonly float[] E8M0 = Table(static b => b == 0xFF ? float.NaN : MathF.ScaleB(1, b - 127));

    /// <summary>F8_E4M3 as OCP defines it (E4M3FN): 448 at most, no infinities, 0x7F and 0xFF are NaN.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void DecodeE4M3(ReadOnlySpan<byte> source, Span<float> target) => Decode(E4M3, source, target);

    /// <summary>F8_E5M2: the upper byte of a half, with its infinities and NaN.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void DecodeE5M2(ReadOnlySpan<byte> source, Span<float> target) => Decode(E5M2, source, target);

    /// <summary>F8_E8M0, the scale of the MX formats: 2^(b−127), 0xFF is NaN.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void DecodeE8M0(ReadOnlySpan<byte> source, Span<float> target) => Decode(E8M0, source, target);

    private static void Decode(float[] table, ReadOnlySpan<byte> source, Span<float> target)
    {
        if (source.Length != target.Length)
        {
            throw new ArgumentException($"{source.Length} bytes; {target.Length} values of 8 bits need {target.Length}");
        }

        for (int i = 0; i < source.Length; i++)
        {
            target[i] = table[source[i]];
        }
    }

    /// <summary>A float of one sign bit, an exponent and a mantissa; exponent 0 holds the denormals.</summary>
    private static float Value(int bits, int mantissaBits, int bias)
    {
        int exponent = (bits & 0x7F) >> mantissaBits;
        int mantissa = bits & ((1 << mantissaBits) - 1);
        int significand = exponent == 0 ? mantissa : mantissa | (1 << mantissaBits);
        float magnitude = MathF.ScaleB(significand, Math.Max(exponent, 1) - bias - mantissaBits);
        return (bits & 0x80) == 0 ? magnitude : -magnitude;
    }

    private static float[] Table(Func<int, float> value) => [.. Enumerable.Range(0, 256).Select(value)];
}
