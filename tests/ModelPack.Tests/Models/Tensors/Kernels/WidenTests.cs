using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Tests.Models.Tensors.Kernels;

public sealed class WidenTests
{
    [Fact]
    public void Every_half_has_its_value()
    {
        byte[] source = AllOf16Bits();
        float[] actual = new float[65536];
        Widen.F16(source, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            Same((float)BitConverter.UInt16BitsToHalf((ushort)i), actual[i], i);
        }
    }

    [Fact]
    public void Every_bfloat_has_its_value()
    {
        byte[] source = AllOf16Bits();
        float[] actual = new float[65536];
        Widen.BF16(source, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            Same(BitConverter.UInt32BitsToSingle((uint)i << 16), actual[i], i);
        }
    }

    [Fact]
    public void Every_e4m3_has_the_value_of_its_definition() => Every(Widen.F8E4M3, static b =>
    {
        double sign = b >= 128 ? -1 : 1;
        int exponent = (b >> 3) & 15;
        int fraction = b & 7;
        return (b & 127) == 127 ? float.NaN
            : (float)(sign * (exponent == 0 ? fraction / 8.0 * Math.Pow(2, -6) : (1 + (fraction / 8.0)) * Math.Pow(2, exponent - 7)));
    });

    [Fact]
    public void Every_e5m2_has_the_value_of_its_definition() => Every(Widen.F8E5M2, static b =>
    {
        double sign = b >= 128 ? -1 : 1;
        int exponent = (b >> 2) & 31;
        int fraction = b & 3;
        return exponent == 31 ? (fraction == 0 ? (float)(sign * double.PositiveInfinity) : float.NaN)
            : (float)(sign * (exponent == 0 ? fraction / 4.0 * Math.Pow(2, -14) : (1 + (fraction / 4.0)) * Math.Pow(2, exponent - 15)));
    });

    [Fact]
    public void Every_e8m0_has_the_value_of_its_definition() =>
        Every(Widen.F8E8M0, static b => b == 255 ? float.NaN : (float)Math.Pow(2, b - 127));

    [Fact]
    public void Every_int8_has_its_value() => Every(Widen.I8, static b => (sbyte)b);

    [Fact]
    public void Every_uint8_has_its_value() => Every(Widen.U8, static b => b);

    [Fact]
    public void Any_byte_but_0_is_true() => Every(Widen.Bool, static b => b == 0 ? 0 : 1);

    [Fact]
    public void Nibbles_are_e2m1_and_the_low_one_comes_first()
    {
        float[] actual = new float[16];
        Widen.F4([0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE], actual);
        Assert.Equal([0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f], actual);
        Assert.True(float.IsNegative(actual[8]));
    }

    [Fact]
    public void Wide_types_are_rounded_to_the_nearest_float()
    {
        Assert.Equal(1e300 > float.MaxValue ? float.PositiveInfinity : 0, One(Widen.F64, BitConverter.GetBytes(1e300)));
        Assert.Equal(0.1f, One(Widen.F64, BitConverter.GetBytes(0.1)));
        Assert.Equal(-1.5f, One(Widen.F32, BitConverter.GetBytes(-1.5f)));
        Assert.Equal(16777216f, One(Widen.I32, BitConverter.GetBytes(16777217)));
        Assert.Equal(4294967296f, One(Widen.U32, BitConverter.GetBytes(uint.MaxValue)));
        Assert.Equal(-9223372036854775808f, One(Widen.I64, BitConverter.GetBytes(long.MinValue)));
        Assert.Equal(18446744073709551616f, One(Widen.U64, BitConverter.GetBytes(ulong.MaxValue)));
        Assert.Equal(-32768f, One(Widen.I16, BitConverter.GetBytes(short.MinValue)));
        Assert.Equal(65535f, One(Widen.U16, BitConverter.GetBytes(ushort.MaxValue)));
    }

    private static float One(Widen.Kernel kernel, byte[] source)
    {
        float[] value = new float[1];
        kernel(source, value);
        return value[0];
    }

    /// <summary>All 256 bytes, in runs of every length up to 40, so that vector and scalar code meet each of them.</summary>
    private static void Every(Widen.Kernel kernel, Func<byte, float> value)
    {
        byte[] source = [.. Enumerable.Range(0, 256 + 40).Select(static i => (byte)i)];
        for (int start = 0; start < 256; start++)
        {
            float[] actual = new float[start % 41];
            kernel(source.AsSpan(start), actual);
            for (int i = 0; i < actual.Length; i++)
            {
                Same(value(source[start + i]), actual[i], source[start + i]);
            }
        }
    }

    private static byte[] AllOf16Bits() => [.. Enumerable.Range(0, 65536).SelectMany(static i => new[] { (byte)i, (byte)(i >> 8) })];

    private static void Same(float expected, float actual, int bits)
    {
        if (BitConverter.SingleToUInt32Bits(expected) != BitConverter.SingleToUInt32Bits(actual) && !(float.IsNaN(expected) && float.IsNaN(actual)))
        {
            Assert.Fail($"0x{bits:X}: {actual:R}, expected {expected:R}");
        }
    }
}
