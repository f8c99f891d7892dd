using ModelPack.Quantize.Kernels;

namespace ModelPack.Tests.Quantize.Kernels;

public sealed class RoundingTests
{
    [Theory]
    [InlineData(0f, 0)]
    [InlineData(0.5f, 0)]
    [InlineData(1.5f, 2)]
    [InlineData(-0.5f, 0)]
    [InlineData(-2.5f, -2)]
    [InlineData(4194303f, 4194303)]
    [InlineData(-4194304f, -4194304)]
    [InlineData(float.NaN, 0)]
    [InlineData(float.PositiveInfinity, -4194304)]
    [InlineData(float.NegativeInfinity, -4194304)]
    public void Nearest_is_ties_to_even_and_wraps_as_in_ggml(float value, int expected) =>
        Assert.Equal(expected, Rounding.Nearest(value));

    [Theory]
    [InlineData(3.99f, 3)]
    [InlineData(-3.99f, -3)]
    [InlineData(2147483520f, 2147483520)]
    [InlineData(2147483648f, int.MinValue)]
    [InlineData(-3e9f, int.MinValue)]
    [InlineData(float.NaN, int.MinValue)]
    [InlineData(float.PositiveInfinity, int.MinValue)]
    public void Truncation_is_that_of_x86(float value, int expected) =>
        Assert.Equal(expected, Rounding.Truncate(value));

    [Fact]
    public void Half_precision_is_that_of_the_runtime_around_every_half()
    {
        for (int upper = 0; upper < 1 << 19; upper++)
        {
            foreach (int lower in new[] { 0, 1, 0x0FFF, 0x1000, 0x1001, 0x1FFF })
            {
                float value = BitConverter.Int32BitsToSingle((upper << 13) | lower);
                if (!float.IsNaN(value) && Bits((Half)value) != Bits(Rounding.ToHalf(value)))
                {
                    Assert.Fail($"{value:R}: expected {Bits((Half)value):X4}, got {Bits(Rounding.ToHalf(value)):X4}");
                }
            }
        }
    }

    [Theory]
    [InlineData(0x7FC00000, 0x7E00)]
    [InlineData(0x7F800001, 0x7E00)]
    [InlineData(0xFFFFFFFF, 0xFE00)]
    public void A_NaN_becomes_the_one_of_its_sign(uint bits, int expected) =>
        Assert.Equal(expected, Bits(Rounding.ToHalf(BitConverter.UInt32BitsToSingle(bits))));

    private static ushort Bits(Half value) => BitConverter.HalfToUInt16Bits(value);
}
