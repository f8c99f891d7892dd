using System.Text;
using ModelPack.Models;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Safetensors;
using ModelPack.Models.Tensors;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Safetensors;

public sealed class SafetensorsHeaderTests
{
    [Theory]
    [InlineData("F64", DType.F64, 24)]
    [InlineData("F32", DType.F32, 12)]
    [InlineData("F16", DType.F16, 6)]
    [InlineData("BF16", DType.BF16, 6)]
    [InlineData("F8_E4M3", DType.F8E4M3, 3)]
    [InlineData("F8_E5M2", DType.F8E5M2, 3)]
    [InlineData("F8_E8M0", DType.F8E8M0, 3)]
    [InlineData("C64", DType.C64, 24)]
    [InlineData("I64", DType.I64, 24)]
    [InlineData("U64", DType.U64, 24)]
    [InlineData("I32", DType.I32, 12)]
    [InlineData("U32", DType.U32, 12)]
    [InlineData("I16", DType.I16, 6)]
    [InlineData("U16", DType.U16, 6)]
    [InlineData("I8", DType.I8, 3)]
    [InlineData("U8", DType.U8, 3)]
    [InlineData("BOOL", DType.Bool, 3)]
    [InlineData("F4", DType.F4, 4, 8)]
    [InlineData("F6_E2M3", DType.F6E2M3, 6, 8)]
    [InlineData("F6_E3M2", DType.F6E3M2, 3, 4)]
    public void Every_type_has_its_size(string name, DType type, int bytes, int elements = 3)
    {
        SafetensorsHeader header = Parse($$$"""{"a":{"dtype":"{{{name}}}","shape":[{{{elements}}}],"data_offsets":[0,{{{bytes}}}]}}""", bytes);
        Assert.Equal(type, Assert.Single(header.Tensors).Type);
        Assert.Throws<InvalidCheckpointException>(() =>
            Parse($$$"""{"a":{"dtype":"{{{name}}}","shape":[{{{elements}}}],"data_offsets":[0,{{{bytes + 1}}}]}}""", bytes + 1));
    }

    [Fact]
    public void Scalars_empty_tensors_unaligned_data_and_unknown_fields_are_read()
    {
        const string Json = """
            {"z":{"dtype":"F32","shape":[],"data_offsets":[3,7]},
             "empty":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[3,3]},
             "__metadata__":{"format":"pt","note":"a\nb"},
             "a":{"data_offsets":[0,3],"later":{"x":[1,{}]},"shape":[3],"dtype":"U8"}}   
            """;
        SafetensorsHeader header = Parse(Json, 7);
        Assert.Equal(["a", "empty", "z"], header.Tensors.Select(static t => t.Name));
        Assert.Equal([new ByteRange(5, Json.Length + 8, 3), new ByteRange(5, Json.Length + 11, 0), new ByteRange(5, Json.Length + 11, 4)],
            header.Tensors.Select(static t => t.Location));
        Assert.Empty(header.Tensors[2].Shape);
        Assert.Equal("a\nb", header.Metadata["note"]);
    }

    [Fact]
    public void A_header_without_tensors_is_read() => Assert.Empty(Parse("""{"__metadata__":null}""", 0).Tensors);

    [Fact]
    public void A_header_cut_anywhere_is_an_error_and_no_crash()
    {
        const string Json = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""";
        Assert.Single(Parse(Json, 24).Tensors);
        for (int length = 0; length < Json.Length; length++)
        {
            Assert.Throws<InvalidCheckpointException>(() => Parse(Json[..length], 24));
        }
    }

    [Fact]
    public void A_mutated_header_is_read_or_refused()
    {
        byte[] json = """{"__metadata__":{"f":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"U8","shape":[],"data_offsets":[24,25]}}"""u8.ToArray();
        ReadOnlySpan<byte> alphabet = "{}[]\",:0159eE-+.\\u\0 \xff"u8;
        Random random = new(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutated = [.. json];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                mutated[random.Next(mutated.Length)] = alphabet[random.Next(alphabet.Length)];
            }

            try
            {
                SafetensorsHeader.Parse("f", 0, mutated, 25);
            }
            catch (InvalidCheckpointException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10_000, 20_000);
    }

    [Theory]
    [InlineData("safetensors/burn-mnist.safetensors")]
    [InlineData("safetensors/burn-multi_layer.safetensors")]
    [InlineData("safetensors/candle-encodec-jfk-codes.safetensors")]
    [InlineData("safetensors/swift-tensor-1d-int32.safetensors")]
    [InlineData("safetensors/swift-tensor-2d-float64.safetensors")]
    [InlineData("safetensors/swift-tensor-3d-float32.safetensors")]
    [InlineData("hostile/malicious_import.safetensors")]
    [InlineData("hostile/safe_model.safetensors")]
    [InlineData("hostile/shell_commands.safetensors")]
    public void Files_of_others_are_read_to_the_last_byte(string file)
    {
        using WeightFile open = WeightFile.Open(SharedFolder.Require("data/" + file), file);
        SafetensorsHeader header = SafetensorsReader.Read(open, 0);
        Assert.NotEmpty(header.Tensors);
        Assert.Equal(open.Length, header.Tensors[^1].Location.Offset + header.Tensors[^1].Location.Length);
        foreach (TensorInfo tensor in header.Tensors)
        {
            float[] weights = Tensors.Reads.All(StoredSource.Of(new StoredTensor(tensor, open)));
            Assert.Equal(tensor.Count, weights.Length);
            Assert.All(weights, static w => Assert.True(float.IsFinite(w)));
        }
    }

    private static SafetensorsHeader Parse(string json, long data) => SafetensorsHeader.Parse("f", 5, Encoding.UTF8.GetBytes(json), data);
}
