using ModelPack.Quantize;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize;

public sealed class QuantTypeTests
{
    [Fact]
    public void Q8_0_gives_the_bytes_of_ggml()
    {
        float[] weights = new float[8 * 256];
        Random random = new(1);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = random.NextSingle() - 0.5f;
        }

        QuantType type = QuantType.Q8_0;
        byte[] actual = new byte[type.Storage.SizeOf(weights.Length)];
        type.Encode(weights, 256, [], actual);
        Assert.Equal(Ggml.Quantize(type.Storage.Id, weights, 256, [], actual.Length), actual);
    }

    [Fact]
    public void Every_type_names_itself_once() =>
        Assert.Distinct(QuantType.All.Select(static t => t.Name));
}
