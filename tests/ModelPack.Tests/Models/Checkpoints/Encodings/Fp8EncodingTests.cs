using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Tensors;
using ModelPack.Tests.Models.Tensors;

namespace ModelPack.Tests.Models.Checkpoints.Encodings;

public sealed class Fp8EncodingTests
{
    private const string Plain = """{"quantization_config":{"quant_method":"fp8"}}""";

    [Theory]
    [InlineData(256, 256, 128, 128, "F32", "F8_E4M3")]
    [InlineData(129, 257, 128, 128, "F32", "F8_E4M3")]
    [InlineData(127, 100, 128, 128, "BF16", "F8_E4M3")]
    [InlineData(7, 33, 2, 16, "BF16", "F8_E5M2")]
    [InlineData(5, 6, 1, 1, "F32", "F8_E4M3")]
    [InlineData(1, 1, 128, 128, "F16", "F8_E5M2")]
    public void Each_block_has_its_scale(int rows, int columns, int blockRows, int blockColumns, string scaleType, string type)
    {
        int down = (rows + blockRows - 1) / blockRows;
        int across = (columns + blockColumns - 1) / blockColumns;
        byte[] codes = Bytes(rows * columns);
        float[] scales = Codes.Scales(down * across);
        using ModelFolder folder = ModelFolder.Of(
            $$$"""{"quantization_config":{"quant_method":"fp8","weight_block_size":[{{{blockRows}}},{{{blockColumns}}}]}}""",
            new Stored("a.weight", type, [rows, columns], codes),
            Scale("a.weight_scale_inv", scaleType, [down, across], scales));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal($"fp8 {blockRows}x{blockColumns}", checkpoint.Encoding);
        CheckpointTensor tensor = Assert.Single(checkpoint.Tensors).Value;
        Assert.Equal("a.weight", tensor.Name);
        Assert.Equal(["a.weight", "a.weight_scale_inv"], tensor.StoredNames);
        Assert.Equal(DType.BF16, tensor.Weights.NaturalType);
        float[] expected = new float[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                expected[(r * columns) + c] = Value(type, codes[(r * columns) + c]) * scales[(r / blockRows * across) + (c / blockColumns)];
            }
        }

        Reads.Equal(expected, tensor.Weights);
    }

    [Theory]
    [InlineData("weight_scale", new long[0], 1)]
    [InlineData("weight_scale", new long[] { 1 }, 1)]
    [InlineData("weight_scale_inv", new long[] { 1, 1 }, 1)]
    [InlineData("weight_scale", new long[] { 9, 1 }, 9)]
    [InlineData("weight_scale", new long[] { 9 }, 9)]
    public void A_tensor_or_each_row_may_have_one_scale(string name, long[] shape, int count)
    {
        byte[] codes = Bytes(9 * 20);
        float[] scales = Codes.Scales(count);
        using ModelFolder folder = ModelFolder.Of(
            Plain, new Stored("a.weight", "F8_E4M3", [9, 20], codes), Stored.F32("a." + name, shape, scales));
        using Checkpoint checkpoint = folder.Open();
        Reads.Equal(
            [.. codes.Select((c, i) => Value("F8_E4M3", c) * scales[count == 1 ? 0 : i / 20])], checkpoint.Tensors["a.weight"].Weights);
    }

    [Theory]
    [InlineData(new long[] { 3, 2, 2 }, 12)]
    [InlineData(new long[] { 3, 5, 1 }, 15)]
    [InlineData(new long[] { 3, 1, 1 }, 3)]
    [InlineData(new long[] { 3 }, 3)]
    public void Fused_experts_have_scales_of_their_own(long[] shape, int count)
    {
        byte[] codes = Bytes(3 * 5 * 7);
        float[] scales = Codes.Scales(count);
        using ModelFolder folder = ModelFolder.Of(
            """{"quantization_config":{"quant_method":"fp8","weight_block_size":[4,4]}}""",
            new Stored("experts.up", "F8_E4M3", [3, 5, 7], codes),
            Stored.F32("experts.up_scale_inv", shape, scales));
        using Checkpoint checkpoint = folder.Open();
        float[] expected = new float[codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            (int e, int r, int c) = (i / 35, i / 7 % 5, i % 7);
            int scale = count switch { 12 => (e * 4) + (r / 4 * 2) + (c / 4), 15 => (e * 5) + r, _ => e };
            expected[i] = Value("F8_E4M3", codes[i]) * scales[scale];
        }

        Reads.Equal(expected, checkpoint.Tensors["experts.up"].Weights);
    }

    [Fact]
    public void Scales_of_activations_and_caches_are_dropped_with_a_reason()
    {
        using ModelFolder folder = ModelFolder.Of(
            Plain,
            new Stored("a.weight", "F8_E4M3", [1, 2], [1, 2]),
            Stored.F32("a.weight_scale", [], 1),
            Stored.F32("a.input_scale", [], 1),
            Stored.F32("attn.k_scale", [], 1),
            Stored.F32("attn.v_scale", [], 1));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal(
            ["a.input_scale: scale of activations", "attn.k_scale: scale of the KV cache", "attn.v_scale: scale of the KV cache"],
            checkpoint.Dropped.Select(static d => $"{d.Name}: {d.Reason}"));
        Assert.Equal(["a.weight"], checkpoint.Tensors.Keys);
        Assert.Equal(5, checkpoint.Stored.Count);
    }

    [Theory]
    [InlineData("""{"quant_method":"fp8","weight_block_size":[128]}""", "config.json: quantization_config.weight_block_size: [128]; expected two positive integers")]
    [InlineData("""{"quant_method":"fp8","weight_block_size":[0,128]}""", "config.json: quantization_config.weight_block_size: [0,128]; expected two positive integers")]
    [InlineData(
        """{"quant_method":"fp8","weight_block_size":[4,4]}""",
        "model.safetensors: a.weight_scale_inv: [2, 5] for weights [8, 8]; expected one for each block of 4x4, one for each row or a single one")]
    [InlineData("""{"quant_method":"fp8"}""", "model.safetensors: a.weight_scale_inv: [2, 5] for weights [8, 8]; expected one for each row or a single one")]
    public void Scales_that_fit_no_block_are_refused(string settings, string message)
    {
        using ModelFolder folder = ModelFolder.Of(
            $$$"""{"quantization_config":{{{settings}}}}""",
            new Stored("a.weight", "F8_E4M3", [8, 8], new byte[64]),
            Stored.F32("a.weight_scale_inv", [2, 5], new float[10]));
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    [Fact]
    public void Weights_without_scales_are_refused()
    {
        using ModelFolder folder = ModelFolder.Of(Plain, new Stored("a.weight", "F8_E4M3", [1, 2], [1, 2]));
        Assert.Equal(
            "model.safetensors: a.weight: F8E4M3 weights without scales; expected a.weight_scale beside them",
            Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    [Fact]
    public void Scales_without_weights_are_refused()
    {
        using ModelFolder folder = ModelFolder.Of(Plain, Stored.F32("a.weight_scale_inv", [1], 1), Stored.F32("b.weight_scale", [1], 1));
        Assert.Equal(
            "a.weight_scale_inv, b.weight_scale: belong to quantized weights that are not there or that config.json's quantization_config does not describe",
            Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    [Fact]
    public void Scaled_weights_of_a_wide_type_are_refused()
    {
        using ModelFolder folder = ModelFolder.Of(Plain, Stored.F32("a.weight", [1], 1), Stored.F32("a.weight_scale", [1], 1));
        Assert.Equal(
            "model.safetensors: a.weight: F32 weights with scales; expected F8E4M3, F8E5M2 or I8",
            Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    [Fact]
    public void Without_a_quantization_config_fp8_is_plain()
    {
        using ModelFolder folder = ModelFolder.Of("{}", new Stored("a.weight", "F8_E4M3", [1, 3], [0x38, 0xC0, 0x01]));
        using Checkpoint checkpoint = folder.Open();
        Reads.Equal([1f, -2f, 0.001953125f], checkpoint.Tensors["a.weight"].Weights);
    }

    private static Stored Scale(string name, string type, long[] shape, float[] values) => type switch
    {
        "BF16" => Stored.BF16(name, shape, values),
        "F16" => Stored.F16(name, shape, values),
        _ => Stored.F32(name, shape, values),
    };

    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static float Value(string type, byte bits)
    {
        (int fractionBits, int bias) = type == "F8_E4M3" ? (3, 7) : (2, 15);
        int exponent = (bits & 127) >> fractionBits;
        double fraction = (bits & ((1 << fractionBits) - 1)) / (double)(1 << fractionBits);
        double sign = bits >= 128 ? -1 : 1;
        if (type == "F8_E4M3" ? (bits & 127) == 127 : exponent == 31)
        {
            return type == "F8_E5M2" && fraction == 0 ? (float)(sign / 0.0) : float.NaN;
        }

        return (float)(sign * (exponent == 0 ? fraction * Math.Pow(2, 1 - bias) : (1 + fraction) * Math.Pow(2, exponent - bias)));
    }
}
