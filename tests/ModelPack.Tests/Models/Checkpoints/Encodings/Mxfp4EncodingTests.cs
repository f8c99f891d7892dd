using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Tests.Models.Tensors;

namespace ModelPack.Tests.Models.Checkpoints.Encodings;

public sealed class Mxfp4EncodingTests
{
    private const string Config = """{"quantization_config":{"quant_method":"mxfp4"}}""";

    private static readonly float[] E2M1 = [0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f];

    [Theory]
    [InlineData(2, 5, 3)]
    [InlineData(1, 1, 1)]
    [InlineData(3, 40, 90)]
    public void Each_block_of_32_has_its_exponent(int experts, int rows, int blocks)
    {
        byte[] codes = new byte[experts * rows * blocks * 16];
        new Random(1).NextBytes(codes);
        byte[] scales = [.. Enumerable.Range(0, experts * rows * blocks).Select(static i => (byte)(i * 37 % 250))];
        using ModelFolder folder = ModelFolder.Of(
            Config,
            Stored.U8("mlp.experts.down_proj_blocks", [experts, rows, blocks, 16], codes),
            Stored.U8("mlp.experts.down_proj_scales", [experts, rows, blocks], scales));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal("mxfp4", checkpoint.Encoding);
        CheckpointTensor tensor = Assert.Single(checkpoint.Tensors).Value;
        Assert.Equal("mlp.experts.down_proj", tensor.Name);
        Assert.Equal([experts, rows, blocks * 32], tensor.Shape);
        float[] expected = [.. Enumerable.Range(0, codes.Length * 2).Select(i =>
            (float)(E2M1[(codes[i / 2] >> (i % 2 * 4)) & 15] * Math.Pow(2, scales[i / 32] - 127)))];
        Reads.Equal(expected, tensor.Weights);
    }

    [Theory]
    [InlineData(new long[] { 2, 3, 8 }, new long[] { 2, 3 }, "model.safetensors: a_blocks: U8 [2, 3, 8]; expected U8 [..., blocks, 16]")]
    [InlineData(new long[] { 2, 3, 16 }, new long[] { 3, 2 }, "model.safetensors: a_scales: U8 [3, 2]; expected U8 or F8E8M0 [2, 3]")]
    public void Other_shapes_are_refused(long[] blocks, long[] scales, string message)
    {
        using ModelFolder folder = ModelFolder.Of(
            Config,
            Stored.U8("a_blocks", blocks, new byte[blocks.Aggregate(1L, static (a, b) => a * b)]),
            Stored.U8("a_scales", scales, new byte[6]));
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }
}
