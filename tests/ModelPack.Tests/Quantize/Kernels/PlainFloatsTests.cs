using ModelPack.Quantize;
using ModelPack.Quantize.Kernels;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Kernels;

public sealed class PlainFloatsTests
{
    /// <summary>Every sign and exponent with mantissas around the ties of both types, no NaN, in an odd number.</summary>
    private static float[] Weights { get; } =
    [
        .. from high in Enumerable.Range(0, 512)
           where (high & 255) != 255
           from mantissa in new uint[] { 0, 1, 0x0FFF, 0x1000, 0x1001, 0x2FFF, 0x3000, 0x7FFF, 0x8000, 0x8001, 0x17FFF, 0x18000, 0x7FFFFF }
           select BitConverter.UInt32BitsToSingle(((uint)high << 23) | mantissa),
        0f,
    ];

    [Fact]
    public void Vectors_round_as_the_specification()
    {
        ushort[] actual = new ushort[Weights.Length];
        PlainFloats.ToHalf(Weights, actual);
        Assert.Equal(Weights.Select(PlainFloats.HalfSpecification), actual);
        PlainFloats.ToBrain(Weights, actual);
        Assert.Equal(Weights.Select(PlainFloats.BrainSpecification), actual);
    }

    [Theory]
    [InlineData("f32")]
    [InlineData("f16")]
    [InlineData("bf16")]
    public void Plain_types_give_the_bytes_of_ggml_and_read_them_again(string name)
    {
        QuantType type = QuantType.Parse(name);
        byte[] actual = new byte[type.Storage.SizeOf(Weights.Length)];
        type.Encode(Weights, Weights.Length, [], actual);
        Assert.Equal(Ggml.Quantize(type.Storage.Id, Weights, Weights.Length, [], actual.Length), actual);

        float[] decoded = new float[Weights.Length];
        byte[] again = new byte[actual.Length];
        type.Decode(actual, decoded);
        type.Encode(decoded, decoded.Length, [], again);
        Assert.Equal(actual, again);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(64)]
    public void A_weight_that_is_no_number_is_found_wherever_it_stands(int length)
    {
        float[] weights = [.. Enumerable.Range(0, length).Select(static i => i % 2 == 0 ? float.MaxValue : -float.Epsilon)];
        Assert.Equal(-1, FiniteScan.IndexOfNonFinite(weights));
        for (int i = 0; i < length; i++)
        {
            foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                float[] broken = [.. weights];
                broken[i] = bad;
                Assert.Equal(i, FiniteScan.IndexOfNonFinite(broken));
            }
        }
    }
}
