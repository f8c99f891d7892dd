using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tensors;
using ModelPack.Tests.Models.Tensors;

namespace ModelPack.Tests.Models.Checkpoints.Encodings;

/// <summary>Companions of random types and shapes: a clear error or weights, never a crash or a large allocation.</summary>
public sealed class HostileEncodingTests
{
    private static readonly long[] Dimensions = [0, 1, 2, 3, 4, 8, 16, 24, 32, 1L << 31, 1L << 40, 1L << 62];

    private static readonly string[] Types = ["F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "I8", "U8", "I32", "I64", "F4", "F6_E2M3", "C64"];

    [Theory]
    [InlineData("""{"quant_method":"fp8","weight_block_size":[2,8]}""", "a.weight", "a.weight_scale_inv")]
    [InlineData("""{"quant_method":"fp8"}""", "a.weight", "a.weight_scale", "a.weight_zero_point")]
    [InlineData(
        """{"quant_method":"compressed-tensors","format":"pack-quantized","config_groups":{"g":{"weights":{"num_bits":4,"strategy":"group","group_size":8}},"h":{"weights":{"num_bits":8,"strategy":"tensor"}}}}""",
        "a.weight_packed",
        "a.weight_scale",
        "a.weight_shape",
        "a.weight_zero_point",
        "a.weight_g_idx")]
    [InlineData("""{"quant_method":"gptq","bits":4,"group_size":8}""", "a.qweight", "a.qzeros", "a.scales", "a.g_idx")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":8}""", "a.qweight", "a.qzeros", "a.scales")]
    [InlineData("""{"quant_method":"mxfp4"}""", "a_blocks", "a_scales")]
    public void Random_companions_are_decoded_or_refused(string settings, params string[] names)
    {
        Random random = new(names.Length);
        int refused = 0;
        for (int i = 0; i < 150; i++)
        {
            using ModelFolder folder = ModelFolder.Of($$$"""{"quantization_config":{{{settings}}}}""", [.. names.Select(n => Any(n, random)).OfType<Stored>()]);
            try
            {
                using Checkpoint checkpoint = folder.Open();
                foreach (TensorSource source in checkpoint.Tensors.Values.Select(static t => t.Weights))
                {
                    Assert.InRange(source.Rows * source.Columns, 0, 1 << 20);
                    Reads.All(source);
                }
            }
            catch (ModelPackException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 150);
    }

    /// <summary>A tensor of a random shape of at most 64 KiB, among them empty ones with huge dimensions; sometimes none.</summary>
    private static Stored? Any(string name, Random random)
    {
        while (random.Next(20) > 0)
        {
            string type = Types[random.Next(Types.Length)];
            Assert.True(DTypes.TryParse(type, out DType parsed));
            long[] shape = [.. Enumerable.Range(0, random.Next(5)).Select(_ => Dimensions[random.Next(random.Next(3) == 0 ? Dimensions.Length : 9)])];
            UInt128 bits = shape.Aggregate((UInt128)parsed.Bits(), static (n, d) => n > ulong.MaxValue ? n : n * (UInt128)d);
            if (bits % 8 == 0 && bits <= 8 * 65536)
            {
                byte[] data = new byte[(int)(bits / 8)];
                random.NextBytes(data.AsSpan(0, random.Next(2) * data.Length));
                return new Stored(name, type, shape, data);
            }
        }

        return null;
    }
}
