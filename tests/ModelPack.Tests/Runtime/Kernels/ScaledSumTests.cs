using ModelPack.Runtime.Kernels;

namespace ModelPack.Tests.Runtime.Kernels;

public sealed class ScaledSumTests
{
    [Fact]
    public void Every_length_is_added_to_its_end()
    {
        for (int length = 0; length < 70; length++)
        {
            float[] target = [.. Enumerable.Range(0, length).Select(static i => i * 0.5f)];
            float[] source = [.. Enumerable.Range(0, length + 3).Select(static i => 1 - (i * 0.25f))];
            float[] expected = [.. target.Select((v, i) => v + (source[i] * 3))];
            ScaledSum.Add(target, source, 3);
            Assert.Equal(expected, target);
        }
    }
}
