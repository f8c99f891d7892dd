using System.Buffers.Binary;
using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Tests.Models.Tensors.Kernels;

public sealed class FloatConversionTests
{
    private delegate void Widen(ReadOnlySpan<byte> source, Span<float> target);

    private delegate void Narrow(ReadOnlySpan<float> source, Span<byte> target);

    public static TheoryData<int> Lengths => [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 255];

    [Fact]
    public void Every_half_widens_as_the_runtime_does() =>
        AssertWidens(FloatConversion.WidenF16, static bits => (float)BitConverter.UInt16BitsToHalf(bits));

    [Fact]
    public void Every_bfloat16_widens_to_its_bits() =>
        AssertWidens(FloatConversion.WidenBF16, static bits => BitConverter.Int32BitsToSingle(bits << 16));

    [Fact]
    public void Halves_and_what_lies_around_them_narrow_as_the_runtime_does() =>
        AssertNarrows(FloatConversion.NarrowF16, 13, static value => BitConverter.HalfToUInt16Bits((Half)value));

    [Fact]
    public void Bfloat16s_and_what_lies_around_them_narrow_to_the_nearest_even() =>
        AssertNarrows(FloatConversion.NarrowBF16, 16, NearestBF16);

    [Theory]
    [InlineData(float.NaN, 0xFE00, 0xFFC0)]
    [InlineData(float.PositiveInfinity, 0x7C00, 0x7F80)]
    [InlineData(float.NegativeInfinity, 0xFC00, 0xFF80)]
    [InlineData(float.MaxValue, 0x7C00, 0x7F80)]
    [InlineData(65519.996f, 0x7BFF, 0x4780)]
    [InlineData(65520f, 0x7C00, 0x4780)]
    [InlineData(-0f, 0x8000, 0x8000)]
    [InlineData(float.Epsilon, 0x0000, 0x0000)]
    [InlineData(2.98023224e-8f, 0x0000, 0x3300)]
    [InlineData(2.98023242e-8f, 0x0001, 0x3300)]
    public void Limits_narrow_alike_in_vectors_and_tails(float value, int half, int bfloat16)
    {
        float[] source = [.. Enumerable.Repeat(value, 17)];
        byte[] target = new byte[34];
        FloatConversion.NarrowF16(source, target);
        Assert.All(target.Chunk(2), pair => Assert.Equal(half, BinaryPrimitives.ReadUInt16LittleEndian(pair)));
        FloatConversion.NarrowBF16(source, target);
        Assert.All(target.Chunk(2), pair => Assert.Equal(bfloat16, BinaryPrimitives.ReadUInt16LittleEndian(pair)));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Any_length_from_any_address_converts_there_and_back(int length)
    {
        float[] weights = [.. Enumerable.Range(0, length).Select(static i => (i - 100) * 0.25f)];
        byte[] buffer = new byte[(length * 2) + 3];
        foreach ((Narrow narrow, Widen widen) in new (Narrow, Widen)[]
        {
            (FloatConversion.NarrowF16, FloatConversion.WidenF16),
            (FloatConversion.NarrowBF16, FloatConversion.WidenBF16),
        })
        {
            buffer.AsSpan().Fill(0xEE);
            float[] back = new float[length];
            narrow(weights, buffer.AsSpan(1, length * 2));
            widen(buffer.AsSpan(1, length * 2), back);
            Assert.Equal(weights, back);
            Assert.Equal([0xEE, 0xEE, 0xEE], [buffer[0], buffer[^2], buffer[^1]]);
        }
    }

    [Fact]
    public void Lengths_that_do_not_match_are_refused()
    {
        foreach (int bytes in new[] { 0, 31, 33, 64 })
        {
            Assert.Throws<ArgumentException>(() => FloatConversion.WidenF16(new byte[bytes], new float[16]));
            Assert.Throws<ArgumentException>(() => FloatConversion.WidenBF16(new byte[bytes], new float[16]));
            Assert.Throws<ArgumentException>(() => FloatConversion.NarrowF16(new float[16], new byte[bytes]));
            Assert.Throws<ArgumentException>(() => FloatConversion.NarrowBF16(new float[16], new byte[bytes]));
        }
    }

    private static void AssertWidens(Widen widen, Func<ushort, float> expected)
    {
        byte[] source = new byte[2 * 0x10000];
        for (int i = 0; i < 0x10000; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(source.AsSpan(i * 2), (ushort)i);
        }

        float[] actual = new float[0x10000];
        widen(source, actual);
        for (int i = 0; i < 0x10000; i++)
        {
            float want = expected((ushort)i);
            bool same = float.IsNaN(want)
                ? float.IsNaN(actual[i])
                : BitConverter.SingleToInt32Bits(want) == BitConverter.SingleToInt32Bits(actual[i]);
            Assert.True(same, $"{i:X4}: expected {want:R}, got {actual[i]:R}");
        }
    }

    /// <summary>Feeds every sign, exponent and leading mantissa with dropped bits just below, at and just above the tie.</summary>
    private static void AssertNarrows(Narrow narrow, int dropped, Func<float, ushort> expected)
    {
        uint tie = 1u << (dropped - 1);
        float[] source =
        [
            .. from upper in Enumerable.Range(0, 1 << (32 - dropped))
               from lower in new uint[] { 0, 1, tie - 1, tie, tie + 1, (2 * tie) - 1 }
               let value = BitConverter.UInt32BitsToSingle(((uint)upper << dropped) | lower)
               where float.IsFinite(value)
               select value,
        ];
        byte[] actual = new byte[source.Length * 2];
        narrow(source, actual);
        for (int i = 0; i < source.Length; i++)
        {
            ushort got = BinaryPrimitives.ReadUInt16LittleEndian(actual.AsSpan(i * 2));
            ushort want = expected(source[i]);
            if (want != got)
            {
                Assert.Fail($"{source[i]:R}: expected {want:X4}, got {got:X4}");
            }
        }
    }

    /// <summary>Rounds in double precision, where a bfloat16 step is exact.</summary>
    private static ushort NearestBF16(float value)
    {
        int exponent = Math.Max(value == 0 ? -126 : Math.ILogB(value), -126);
        double step = Math.ScaleB(1, exponent - 7);
        double rounded = Math.Round(Math.Abs(value) / step, MidpointRounding.ToEven) * step;
        int sign = float.IsNegative(value) ? 0x8000 : 0;
        return (ushort)(sign | (BitConverter.SingleToInt32Bits((float)rounded) >> 16));
    }
}
