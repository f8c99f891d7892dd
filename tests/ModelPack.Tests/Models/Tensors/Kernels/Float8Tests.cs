using ModelPack.Models.Tensors.Kernels;

namespace ModelPack.Tests.Models.Tensors.Kernels;

public sealed class Float8Tests
{
    private delegate void Decoder(ReadOnlySpan<byte> source, Span<float> target);

    private static readonly Dictionary<string, Decoder> Decoders = new()
    {
        ["e4m3"] = Float8.DecodeE4M3,
        ["e5m2"] = Float8.DecodeE5M2,
        ["e8m0"] = Float8.DecodeE8M0,
    };

    [Theory]
    [InlineData("e4m3", 0x00, 0f)]
    [InlineData("e4m3", 0x80, -0f)]
    [InlineData("e4m3", 0x01, 0.001953125f)]
    [InlineData("e4m3", 0x07, 0.013671875f)]
    [InlineData("e4m3", 0x08, 0.015625f)]
    [InlineData("e4m3", 0x38, 1f)]
    [InlineData("e4m3", 0xB9, -1.125f)]
    [InlineData("e4m3", 0x7E, 448f)]
    [InlineData("e4m3", 0x7F, float.NaN)]
    [InlineData("e4m3", 0xFF, float.NaN)]
    [InlineData("e5m2", 0x01, 1.52587890625e-5f)]
    [InlineData("e5m2", 0x3C, 1f)]
    [InlineData("e5m2", 0xC1, -2.5f)]
    [InlineData("e5m2", 0x7B, 57344f)]
    [InlineData("e5m2", 0x7C, float.PositiveInfinity)]
    [InlineData("e5m2", 0xFC, float.NegativeInfinity)]
    [InlineData("e5m2", 0x7D, float.NaN)]
    [InlineData("e8m0", 0x00, 5.877472e-39f)]
    [InlineData("e8m0", 0x01, 1.17549435e-38f)]
    [InlineData("e8m0", 0x7F, 1f)]
    [InlineData("e8m0", 0x80, 2f)]
    [InlineData("e8m0", 0xFE, 1.70141183e38f)]
    [InlineData("e8m0", 0xFF, float.NaN)]
    public void A_byte_decodes_to_its_value(string format, byte bits, float expected)
    {
        float[] actual = new float[1];
        Decoders[format]([bits], actual);
        Assert.Equal(expected, actual[0]);
        Assert.Equal(float.IsNegative(expected), float.IsNegative(actual[0]) || float.IsNaN(expected));
    }

    [Theory]
    [InlineData("e4m3")]
    [InlineData("e5m2")]
    public void Magnitudes_ascend_with_the_bits_and_signs_mirror(string format)
    {
        float[] values = new float[256];
        Decoders[format]([.. Enumerable.Range(0, 256).Select(static b => (byte)b)], values);
        for (int b = 0; b < 0x7E; b++)
        {
            Assert.True(float.IsNaN(values[b + 1]) || values[b] < values[b + 1], $"{b:X2}");
            Assert.Equal(-values[b], values[b | 0x80]);
        }
    }

    [Fact]
    public void Lengths_that_differ_are_refused() =>
        Assert.All(Decoders.Values, static decode => Assert.Throws<ArgumentException>(() => decode(new byte[3], new float[4])));
}
