using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Tests.Models.Tensors;

namespace ModelPack.Tests.Models.Checkpoints.Encodings;

public sealed class CompressedTensorsEncodingTests
{
    [Theory]
    [InlineData(8, 64, 4, 32, "none")]
    [InlineData(5, 96, 4, 32, "packed")]
    [InlineData(9, 100, 4, 32, "none")]
    [InlineData(9, 103, 4, 32, "packed")]
    [InlineData(17, 40, 4, 8, "int8")]
    [InlineData(6, 33, 8, 16, "none")]
    [InlineData(6, 33, 8, 16, "packed")]
    [InlineData(11, 70, 4, 0, "packed")]
    [InlineData(11, 70, 8, 0, "none")]
    [InlineData(7, 50, 3, 16, "packed")]
    [InlineData(700, 512, 4, 32, "none")]
    public void Packed_integers_are_unpacked_and_scaled(int rows, int columns, int bits, int groupSize, string zeroPoints)
    {
        int groups = groupSize == 0 ? 1 : (columns + groupSize - 1) / groupSize;
        Codes codes = new(rows, columns, bits);
        Codes zeros = new(rows, groups, bits, seed: 3);
        float[] scales = Codes.Scales(rows * groups);
        Stored? zero = zeroPoints switch
        {
            "packed" => Stored.I32("a.weight_zero_point", [Codes.Words(rows, bits), groups], zeros.Down()),
            "int8" => new Stored("a.weight_zero_point", "I8", [rows, groups], [.. Enumerable.Range(0, rows * groups).Select(i => (byte)(zeros[i / groups, i % groups] - (1 << (bits - 1))))]),
            _ => null,
        };
        Stored[] stored =
        [
            Stored.I32("a.weight_packed", [rows, Codes.Words(columns, bits)], codes.Across()),
            Stored.BF16("a.weight_scale", [rows, groups], scales),
            Stored.I32("a.weight_shape", [2], rows, columns),
            .. zero is null ? Array.Empty<Stored>() : [zero],
        ];
        using ModelFolder folder = ModelFolder.Of(Config("pack-quantized", bits, groupSize), stored);
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal($"compressed-tensors pack-quantized int{bits} {(groupSize == 0 ? "channel" : $"g{groupSize}")}", checkpoint.Encoding);
        CheckpointTensor tensor = Assert.Single(checkpoint.Tensors).Value;
        Assert.Equal("a.weight", tensor.Name);
        Assert.Equal([rows, columns], tensor.Shape);
        Assert.Equal(stored.Length, tensor.StoredNames.Count);
        float[] expected = new float[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                int group = groupSize == 0 ? 0 : c / groupSize;
                int zeroPoint = zero is null ? 1 << (bits - 1) : zeros[r, group];
                expected[(r * columns) + c] = (codes[r, c] - zeroPoint) * scales[(r * groups) + group];
            }
        }

        Reads.Equal(expected, tensor.Weights);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Columns_may_name_their_group(bool unset)
    {
        Codes codes = new(4, 24, 4);
        float[] scales = Codes.Scales(4 * 3);
        int[] index = [.. Enumerable.Range(0, 24).Select(c => unset ? -1 : c * 7 % 3)];
        using ModelFolder folder = ModelFolder.Of(
            Config("pack-quantized", 4, 8),
            Stored.I32("a.weight_packed", [4, 3], codes.Across()),
            Stored.F16("a.weight_scale", [4, 3], scales),
            Stored.I32("a.weight_shape", [2], 4, 24),
            Stored.I32("a.weight_g_idx", [24], index));
        using Checkpoint checkpoint = folder.Open();
        float[] expected = [.. Enumerable.Range(0, 96).Select(i => (codes[i / 24, i % 24] - 8) * scales[(i / 24 * 3) + (unset ? i % 24 / 8 : index[i % 24])])];
        Reads.Equal(expected, checkpoint.Tensors["a.weight"].Weights);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-2)]
    public void A_group_that_does_not_exist_is_an_error(int group)
    {
        using ModelFolder folder = ModelFolder.Of(
            Config("pack-quantized", 4, 8),
            Stored.I32("a.weight_packed", [1, 3], 1, 2, 3),
            Stored.F16("a.weight_scale", [1, 3], 1, 1, 1),
            Stored.I32("a.weight_shape", [2], 1, 24),
            Stored.I32("a.weight_g_idx", [24], [.. Enumerable.Repeat(group, 24)]));
        using Checkpoint checkpoint = folder.Open();
        string message = Assert.Throws<InvalidCheckpointException>(() => Reads.All(checkpoint.Tensors["a.weight"].Weights)).Message;
        Assert.Equal($"model.safetensors: a.weight_g_idx: column 0: group {group}; expected 0 to 2", message);
    }

    [Theory]
    [InlineData("int-quantized", "channel", new long[] { 6, 1 }, 1, 20, false)]
    [InlineData("int-quantized", "channel", new long[] { 6, 1 }, 1, 20, true)]
    [InlineData("naive-quantized", "tensor", new long[] { 1 }, 6, 20, false)]
    [InlineData("int-quantized", "group", new long[] { 6, 3 }, 1, 8, true)]
    [InlineData("float-quantized", "block", new long[] { 2, 3 }, 4, 8, false)]
    public void Unpacked_bytes_are_scaled(string format, string strategy, long[] shape, int blockRows, int blockColumns, bool withZeros)
    {
        byte[] codes = new byte[120];
        new Random(5).NextBytes(codes);
        int across = (20 + blockColumns - 1) / blockColumns;
        int count = (6 + blockRows - 1) / blockRows * across;
        float[] scales = Codes.Scales(count);
        byte[] zeros = [.. Enumerable.Range(0, count).Select(static i => (byte)(i - 3))];
        bool isFloat = format == "float-quantized";
        Stored[] stored =
        [
            new("a.weight", isFloat ? "F8_E4M3" : "I8", [6, 20], isFloat ? [.. codes.Select(static c => (byte)(c & 0x77))] : codes),
            Stored.F32("a.weight_scale", shape, scales),
            .. withZeros ? new Stored[] { new("a.weight_zero_point", "I8", shape, zeros) } : [],
        ];
        string weights = strategy switch { "group" => ",\"group_size\":8", "block" => ",\"block_structure\":[4,8]", _ => "" };
        using ModelFolder folder = ModelFolder.Of(Config(format, $$"""{"num_bits":8,"type":"int","strategy":"{{strategy}}"{{weights}}}"""), stored);
        using Checkpoint checkpoint = folder.Open();
        float[] plain = new float[120];
        ModelPack.Models.Tensors.Kernels.Widen.Kernel widen = isFloat ? ModelPack.Models.Tensors.Kernels.Widen.F8E4M3 : ModelPack.Models.Tensors.Kernels.Widen.I8;
        widen(stored[0].Data, plain);
        float[] expected = [.. Enumerable.Range(0, 120).Select(i =>
        {
            int block = (i / 20 / blockRows * across) + (i % 20 / blockColumns);
            return (plain[i] - (withZeros ? (sbyte)zeros[block] : 0)) * scales[block];
        })];
        Reads.Equal(expected, checkpoint.Tensors["a.weight"].Weights);
    }

    [Theory]
    [InlineData("[4,8]")]
    [InlineData("\"4x8\"")]
    public void Blocks_are_spelled_as_an_array_or_as_text(string structure)
    {
        using ModelFolder folder = ModelFolder.Of(
            Config("float-quantized", $$"""{"num_bits":8,"type":"float","strategy":"block","block_structure":{{structure}}}"""));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal("compressed-tensors float-quantized float8 4x8", checkpoint.Encoding);
    }

    [Fact]
    public void Each_layer_takes_the_group_that_fits_it()
    {
        const string Settings = """
            {"quantization_config":{"quant_method":"compressed-tensors","format":"mixed-precision","config_groups":{
              "group_0":{"format":"pack-quantized","weights":{"num_bits":4,"type":"int","strategy":"group","group_size":32}},
              "group_1":{"format":"float-quantized","weights":{"num_bits":8,"type":"float","strategy":"channel"}}}}}
            """;
        using ModelFolder folder = ModelFolder.Of(
            Settings,
            Stored.I32("a.weight_packed", [1, 8], 9, 9, 9, 9, 9, 9, 9, 9),
            Stored.F32("a.weight_scale", [1, 2], 1, 2),
            Stored.I32("a.weight_shape", [2], 1, 64),
            new Stored("b.weight", "F8_E4M3", [1, 2], [0x38, 0x40]),
            Stored.F32("b.weight_scale", [1, 1], 4));
        using Checkpoint checkpoint = folder.Open();
        Assert.Equal("compressed-tensors mixed-precision int4 g32 + float8 channel", checkpoint.Encoding);
        Reads.Equal([4f, 8f], checkpoint.Tensors["b.weight"].Weights);
        Assert.Equal([1f, -8f], Reads.All(checkpoint.Tensors["a.weight"].Weights)[..2]);
    }

    [Theory]
    [InlineData("weight_packed", "model.safetensors: a.weight_packed: I32 [2, 4] with scales [2, 1] for weights [2, 24]; expected a packing that config.json names: int4 g32")]
    [InlineData("weight_scale", "model.safetensors: a.weight_packed: I32 [2, 3] with scales [2, 2] for weights [2, 24]; expected a packing that config.json names: int4 g32")]
    [InlineData("weight_shape", "model.safetensors: a.weight_shape: I32 [3]; expected I32 or I64 [2]")]
    [InlineData("negative", "model.safetensors: a.weight_shape: [-1, 24]; expected two sizes up to 16777216")]
    [InlineData("missing", "model.safetensors: a.weight_packed: needs a.weight_shape, which is missing")]
    [InlineData("zeros", "model.safetensors: a.weight_zero_point: I32 [2, 1]; expected I32 [1, 1]")]
    public void Companions_of_another_shape_are_refused(string wrong, string message)
    {
        List<Stored> stored =
        [
            wrong == "weight_packed" ? Stored.I32("a.weight_packed", [2, 4], new int[8]) : Stored.I32("a.weight_packed", [2, 3], new int[6]),
            wrong == "weight_scale" ? Stored.BF16("a.weight_scale", [2, 2], new float[4]) : Stored.BF16("a.weight_scale", [2, 1], new float[2]),
        ];
        if (wrong != "missing")
        {
            stored.Add(wrong switch
            {
                "weight_shape" => Stored.I32("a.weight_shape", [3], 2, 24, 1),
                "negative" => Stored.I32("a.weight_shape", [2], -1, 24),
                _ => Stored.I32("a.weight_shape", [2], 2, 24),
            });
        }

        if (wrong == "zeros")
        {
            stored.Add(Stored.I32("a.weight_zero_point", [2, 1], 0, 0));
        }

        using ModelFolder folder = ModelFolder.Of(Config("pack-quantized", 4, 32), [.. stored]);
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    [Theory]
    [InlineData("""{"format":"nvfp4-pack-quantized"}""", "compressed-tensors format nvfp4-pack-quantized: not supported")]
    [InlineData("""{"format":"marlin-24"}""", "compressed-tensors format marlin-24: not supported")]
    [InlineData("""{"format":"pack-quantized","sparsity_config":{"format":"sparse-24-bitmask"}}""", "compressed-tensors sparsity sparse-24-bitmask: not supported")]
    [InlineData(
        """{"format":"pack-quantized","config_groups":{"g":{"weights":{"num_bits":4,"strategy":"tensor_group"}}}}""",
        "compressed-tensors strategy tensor_group: not supported")]
    public void What_is_not_read_is_refused_by_name(string settings, string message)
    {
        using ModelFolder folder = ModelFolder.Of($$$"""{"quantization_config":{"quant_method":"compressed-tensors",{{{settings[1..]}}}}""");
        Assert.StartsWith(message, Assert.Throws<UnsupportedModelException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"num_bits":9,"strategy":"channel"}""", "config.json: quantization_config.config_groups.group_0.weights.num_bits: 9; expected 1 to 8")]
    [InlineData("""{"num_bits":4,"strategy":"group","group_size":0}""", "config.json: quantization_config.config_groups.group_0.weights.group_size: 0; expected a positive integer")]
    [InlineData("""{"num_bits":8,"strategy":"block","block_structure":"4x"}""", "config.json: quantization_config.config_groups.group_0.weights.block_structure: \"4x\"; expected two positive integers")]
    [InlineData("null", "config.json: quantization_config.config_groups: {\"group_0\":{\"weights\":null}}; expected at least one group with weights")]
    public void Settings_that_make_no_sense_are_refused(string weights, string message)
    {
        using ModelFolder folder = ModelFolder.Of(Config("pack-quantized", weights));
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(folder.Open).Message);
    }

    private static string Config(string format, int bits, int groupSize) => Config(
        format,
        groupSize == 0
            ? $$"""{"num_bits":{{bits}},"type":"int","strategy":"channel"}"""
            : $$"""{"num_bits":{{bits}},"type":"int","strategy":"group","group_size":{{groupSize}}}""");

    private static string Config(string format, string weights) => """
        {"quantization_config":{"quant_method":"compressed-tensors","format":"FORMAT","config_groups":{"group_0":{"weights":WEIGHTS}}}}
        """.Replace("FORMAT", format, StringComparison.Ordinal).Replace("WEIGHTS", weights, StringComparison.Ordinal);
}
