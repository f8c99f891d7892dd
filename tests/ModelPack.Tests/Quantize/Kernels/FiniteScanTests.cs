using ModelPack.Quantize.Kernels;

namespace ModelPack.Tests.Quantize.Kernels;

public sealed class FiniteScanTests
{
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
