using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Tests.Models.Tensors;

namespace ModelPack.Tests.Models.Checkpoints.Encodings;

/// <summary>GPTQ and AWQ store matrices input by output; the logical rows are outputs.</summary>
public sealed class TransposedEncodingTests
{
    private static readonly int[] AwqColumns = [0, 2, 4, 6, 1, 3, 5, 7];

    [Theory]
    [InlineData(4, 64, 24, 32, "gptq", "none")]
    [InlineData(4, 64, 24, 32, "gptq_v2", "sequential")]
    [InlineData(4, 96, 40, 32, null, "shuffled")]
    [InlineData(2, 64, 16, 16, "gptq", "shuffled")]
    [InlineData(8, 32, 12, -1, "gptq", "none")]
    [InlineData(8, 32, 12, 8, "gptq_v2", "shuffled")]
    [InlineData(4, 1024, 600, 128, "gptq", "shuffled")]
    public void Gptq_codes_are_turned_and_scaled(int bits, int inputs, int outputs, int groupSize, string? format, string order)
    {
        int size = groupSize < 0 ? inputs : groupSize;
        int groups = inputs / size;
        Codes codes = new(inputs, outputs, bits);
        Codes zeros = new(groups, outputs, bits, seed: 3);
        float[] scales = Codes.Scales(groups * outputs);
        int[] index = [.. Enumerable.Range(0, inputs).Select(i => order == "shuffled" ? i * 5 % groups : i / size)];
        Stored[] stored =
        [
            Stored.I32("a.qweight", [inputs * bits / 32, outputs], codes.Down()),
            Stored.I32("a.qzeros", [groups, Codes.Words(outputs, bits)], zeros.Across()),
            Stored.F16("a.scales", [groups, outputs], scales),
            .. order == "none" ? Array.Empty<Stored>() : [Stored.I32("a.g_idx", [inputs], index)],
        ];
        string checkpointFormat = format is null ? "" : $",\"checkpoint_format\":\"{format}\"";
        using ModelFolder folder = ModelFolder.Of(
            $$$"""{"quantization_config":{"quant_method":"gptq","bits":{{{bits}}},"group_size":{{{groupSize}}}{{{checkpointFormat}}}}}""", stored);
        using Checkpoint checkpoint = folder.Open();
        CheckpointTensor tensor = Assert.Single(checkpoint.Tensors).Value;
        Assert.Equal("a.weight", tensor.Name);
        Assert.Equal([outputs, inputs], tensor.Shape);
        Assert.Equal(stored.Length, tensor.StoredNames.Count);
        float[] expected = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
            {
                int zero = zeros[index[i], o] + (format == "gptq_v2" ? 0 : 1);
                expected[(o * inputs) + i] = (codes[i, o] - zero) * scales[(index[i] * outputs) + o];
            }
        }

        Reads.Equal(expected, tensor.Weights);
    }

    [Theory]
    [InlineData(64, 24, 32)]
    [InlineData(48, 8, 16)]
    [InlineData(40, 16, -1)]
    [InlineData(1024, 1200, 128)]
    public void Awq_codes_are_put_in_order_turned_and_scaled(int inputs, int outputs, int groupSize)
    {
        int size = groupSize < 0 ? inputs : groupSize;
        int groups = inputs / size;
        Codes codes = new(inputs, outputs, 4);
        Codes zeros = new(groups, outputs, 4, seed: 3);
        float[] scales = Codes.Scales(groups * outputs);
        using ModelFolder folder = ModelFolder.Of(
            $$$"""{"quantization_config":{"quant_method":"awq","bits":4,"group_size":{{{groupSize}}},"version":"GEMM","zero_point":true}}""",
            Stored.I32("a.qweight", [inputs, outputs / 8], codes.Across(AwqColumns)),
            Stored.I32("a.qzeros", [groups, outputs / 8], zeros.Across(AwqColumns)),
            Stored.F16("a.scales", [groups, outputs], scales));
        using Checkpoint checkpoint = folder.Open();
        CheckpointTensor tensor = Assert.Single(checkpoint.Tensors).Value;
        Assert.Equal([outputs, inputs], tensor.Shape);
        float[] expected = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
            {
                expected[(o * inputs) + i] = (codes[i, o] - zeros[i / size, o]) * scales[(i / size * outputs) + o];
            }
        }

        Reads.Equal(expected, tensor.Weights);
    }

    [Fact]
    public void Rows_are_cheapest_in_panels()
    {
        using ModelFolder folder = ModelFolder.Of(
            """{"quantization_config":{"quant_method":"gptq","bits":4,"group_size":8}}""",
            Stored.I32("a.qweight", [1, 8], new int[8]),
            Stored.I32("a.qzeros", [1, 1], 0),
            Stored.F16("a.scales", [1, 8], new float[8]));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal(256, checkpoint.Tensors["a.weight"].Weights.RowGranularity);
        Assert.Equal("gptq int4 g8", checkpoint.Encoding);
    }

    [Theory]
    [InlineData("""{"quant_method":"gptq","bits":3,"group_size":128}""", "gptq with 3 bits: not supported")]
    [InlineData("""{"quant_method":"gptq","bits":4,"checkpoint_format":"marlin"}""", "gptq checkpoint_format marlin: not supported")]
    [InlineData("""{"quant_method":"awq","bits":8,"group_size":128}""", "awq with 8 bits: not supported")]
    [InlineData("""{"quant_method":"awq","bits":4,"group_size":128,"version":"gemv"}""", "awq version gemv: not supported")]
    public void What_is_not_read_is_refused_by_name(string settings, string message)
    {
        using ModelFolder folder = ModelFolder.Of($$$"""{"quantization_config":{{{settings}}}}""");
        Assert.StartsWith(message, Assert.Throws<UnsupportedModelException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gptq", "qweight", "model.safetensors: a.qweight: [16]; expected [inputs * bits / 32, outputs]")]
    [InlineData("gptq", "qzeros", "model.safetensors: a.qzeros: I32 [2, 2]; expected I32 [2, 1]")]
    [InlineData("gptq", "scales", "model.safetensors: a.scales: F16 [2, 16]; expected F16 or BF16 or F32 [2, 8]")]
    [InlineData("gptq", "missing", "model.safetensors: a.qweight: needs a.scales, which is missing")]
    [InlineData("awq", "qweight", "model.safetensors: a.qweight: [16]; expected [inputs, outputs / 8]")]
    public void Companions_of_another_shape_are_refused(string method, string wrong, string message)
    {
        List<Stored> stored =
        [
            Stored.I32("a.qweight", wrong == "qweight" ? [16] : [2, 8], new int[16]),
            Stored.I32("a.qzeros", wrong == "qzeros" ? [2, 2] : [2, 1], new int[wrong == "qzeros" ? 4 : 2]),
        ];
        if (wrong != "missing")
        {
            stored.Add(Stored.F16("a.scales", wrong == "scales" ? [2, 16] : [2, 8], new float[wrong == "scales" ? 32 : 16]));
        }

        using ModelFolder folder = ModelFolder.Of(
            $$$"""{"quantization_config":{"quant_method":"{{{method}}}","bits":4,"group_size":8}}""", [.. stored]);
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }
}
