using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

public sealed class GgufLayoutTests
{
    private static readonly (string, GgmlType, IReadOnlyList<long>)[] Tensors =
    [
        ("output_norm.weight", GgmlType.F32, [7]),
        ("output.weight", GgmlType.Q4_K, [256, 3]),
        ("blk.0.ffn_down_exps.weight", GgmlType.Q8_0, [32, 5, 4]),
        ("blk.0.ffn_gate_inp.weight", GgmlType.BF16, [33, 1]),
    ];

    [Theory]
    [InlineData(null)]
    [InlineData(64)]
    [InlineData(8)]
    public void The_header_is_the_one_ggml_writes(int? alignment)
    {
        GgufMetadata metadata = new()
        {
            { "general.architecture", GgufValue.Of("llama") },
            { "general.name", GgufValue.Of("Grüße, 世界 🙂") },
            { "llama.block_count", GgufValue.Of(2u) },
            { "llama.attention.layer_norm_rms_epsilon", GgufValue.Of(1e-5f) },
            { "tokenizer.ggml.add_bos_token", GgufValue.Of(true) },
            { "tokenizer.ggml.tokens", GgufValue.OfArray<string>(["a", "", "Ġ"]) },
            { "tokenizer.ggml.scores", GgufValue.OfArray<float>([0, -1.5f]) },
            { "tokenizer.ggml.token_type", GgufValue.OfArray<int>([1, 3, -1]) },
        };
        using GgmlGguf peer = GgmlGguf.Create();
        peer.Set("general.architecture", "llama");
        peer.Set("general.name", "Grüße, 世界 🙂");
        peer.Set("llama.block_count", 2u);
        peer.Set("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        peer.Set("tokenizer.ggml.add_bos_token", true);
        peer.Set("tokenizer.ggml.tokens", ["a", "", "Ġ"]);
        peer.Set("tokenizer.ggml.scores", (int)GgufValueType.Float32, new[] { 0, -1.5f });
        peer.Set("tokenizer.ggml.token_type", (int)GgufValueType.Int32, new[] { 1, 3, -1 });
        if (alignment is null)
        {
            foreach ((string name, GgmlType type, IReadOnlyList<long> shape) in Tensors)
            {
                peer.Add(name, type.Id, [.. shape]);
            }

            Assert.Equal(peer.Header(), HeaderOf(GgufLayout.Create(metadata, Tensors)));
            return;
        }

        // ggml writes only the default alignment, but reads any.
        metadata["general.alignment"] = GgufValue.Of((uint)alignment);
        GgufLayout layout = GgufLayout.Create(metadata, Tensors);
        using TempFolder folder = new();
        using GgmlGguf read = Assert.IsType<GgmlGguf>(GgmlGguf.Open(WriteZeros(folder.File("m.gguf"), layout)));
        Assert.Equal((alignment.Value, layout.DataOffset), (read.Alignment, read.DataOffset));
        Assert.Equal(layout.Tensors.Select(static t => t.Offset), Enumerable.Range(0, 4).Select(i => read.TensorOffset(i)));
    }

    [Fact]
    public void Ggml_reads_the_keys_and_tensors_that_were_written()
    {
        GgufMetadata metadata = GgufFileTests.EveryValue(nested: false);
        GgufLayout layout = GgufLayout.Create(metadata, Tensors);
        using TempFolder folder = new();
        using GgmlGguf peer = Assert.IsType<GgmlGguf>(GgmlGguf.Open(WriteZeros(folder.File("m.gguf"), layout)));
        Assert.Equal(metadata.Count, peer.KeyCount);
        int i = 0;
        foreach ((string key, GgufValue value) in metadata)
        {
            Assert.Equal((key, (int)value.Type), (peer.Key(i), peer.KeyType(i)));
            if (value.Value is string text)
            {
                Assert.Equal(text, peer.Text(i));
            }
            else if (value.Value is string[] texts)
            {
                Assert.Equal(texts, Enumerable.Range(0, (int)peer.ElementCount(i)).Select(j => peer.Element(i, j)));
            }
            else if (value.Value is Array array)
            {
                Assert.Equal(((int)value.ElementType!.Value, array.Length), (peer.ElementType(i), peer.ElementCount(i)));
                byte[] bytes = new byte[Buffer.ByteLength(array)];
                Buffer.BlockCopy(array, 0, bytes, 0, bytes.Length);
                Assert.Equal(bytes, peer.Elements(i, bytes.Length));
            }
            else
            {
                Array one = Array.CreateInstance(value.Value.GetType(), 1);
                one.SetValue(value.Value, 0);
                byte[] bytes = new byte[Buffer.ByteLength(one)];
                Buffer.BlockCopy(one, 0, bytes, 0, bytes.Length);
                Assert.Equal(bytes, peer.Scalar(i, bytes.Length));
            }

            i++;
        }

        Assert.Equal(
            layout.Tensors.Select(static t => (t.Name, t.Type.Id, t.Offset, t.Bytes)),
            Enumerable.Range(0, (int)peer.TensorCount)
                .Select(j => (peer.TensorName(j), peer.TensorType(j), peer.TensorOffset(j), peer.TensorBytes(j))));
    }

    [Theory]
    [InlineData("data/models/stories260K-f32.gguf")]
    [InlineData("data/models/stories260K-moe4-f32.gguf")]
    [InlineData("data/tokenizers/ggml-vocab-gpt-2.gguf")]
    [InlineData("data/tokenizers/ggml-vocab-llama-spm.gguf")]
    [InlineData("fixtures/trained-qwen3moe/golden/imatrix.gguf")]
    public void A_real_file_laid_out_again_has_the_same_header_and_size(string relative)
    {
        string path = SharedFolder.Require(relative);
        using GgufFile file = GgufFile.Open(path);
        GgufLayout layout = GgufLayout.Create(file.Metadata, [.. file.Tensors.Select(static t => (t.Name, t.Type, t.Shape))]);
        byte[] expected = File.ReadAllBytes(path);
        byte[] header = HeaderOf(layout);
        Assert.Equal(file.DataOffset, layout.DataOffset);

        // gguf-py ends a file without tensors right after its keys; ggml pads it.
        int common = Math.Min(header.Length, expected.Length);
        Assert.Equal(expected[..common], header[..common]);
        Assert.Equal(file.Tensors.Count == 0 ? header.Length : expected.Length, layout.TotalBytes);
        Assert.Equal(file.Tensors, layout.Tensors, static (a, b) => (a.Name, a.Offset) == (b.Name, b.Offset));
    }

    [Fact]
    public void The_last_tensor_is_padded_too()
    {
        GgufLayout layout = GgufLayout.Create([], [("a", GgmlType.F32, [1]), ("b", GgmlType.F32, [9])]);
        Assert.Equal([0, 32], layout.Tensors.Select(static t => t.Offset));
        Assert.Equal(layout.DataOffset + 32 + 64, layout.TotalBytes);
    }

    [Theory]
    [InlineData("", "1", "F32", ": a tensor name of 0 bytes; llama.cpp loads 1 to 63")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", "1", "F32", "0123456789012345678901234567890123456789012345678901234567890123: a tensor name of 64 bytes; llama.cpp loads 1 to 63")]
    [InlineData("t", "", "F32", "t: shape [] cannot be written as F32: expected 1 to 4 positive dimensions, the first a multiple of 1, below 2^63 bytes")]
    [InlineData("t", "1,1,1,1,1", "F32", "t: shape [1, 1, 1, 1, 1] cannot be written as F32: expected 1 to 4 positive dimensions, the first a multiple of 1, below 2^63 bytes")]
    [InlineData("t", "0", "F32", "t: shape [0] cannot be written as F32: expected 1 to 4 positive dimensions, the first a multiple of 1, below 2^63 bytes")]
    [InlineData("t", "257", "Q4_K", "t: shape [257] cannot be written as Q4_K: expected 1 to 4 positive dimensions, the first a multiple of 256, below 2^63 bytes")]
    [InlineData("t", "4611686018427387904", "F32", "t: shape [4611686018427387904] cannot be written as F32: expected 1 to 4 positive dimensions, the first a multiple of 1, below 2^63 bytes")]
    public void A_tensor_that_llama_cpp_would_not_load_is_refused(string name, string shape, string type, string message)
    {
        long[] dimensions = [.. shape.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        ModelPackException fault = Assert.Throws<ModelPackException>(
            () => GgufLayout.Create([], [(name, GgmlType.All.Single(t => t.Name == type), dimensions)]));
        Assert.Equal(message, fault.Message);
    }

    [Fact]
    public void A_name_may_not_stand_twice() =>
        Assert.Equal("a: the tensor would be written twice", Assert.Throws<ModelPackException>(
            () => GgufLayout.Create([], [("a", GgmlType.F32, [1]), ("a", GgmlType.F32, [1])])).Message);

    [Fact]
    public void An_alignment_that_ggml_refuses_is_not_written()
    {
        GgufValue[] wrong = [GgufValue.Of(0u), GgufValue.Of(4u), GgufValue.Of(24u), GgufValue.Of(1u << 21), GgufValue.Of(64UL)];
        Assert.All(wrong, static value => Assert.StartsWith(
            "general.alignment: ",
            Assert.Throws<ModelPackException>(() => GgufLayout.Create(new() { { "general.alignment", value } }, [])).Message));
    }

    [Fact]
    public void Half_a_character_is_refused() =>
        Assert.Equal(
            "a string of 2 characters: U+D83D at index 1 is half a character and cannot be written as UTF-8",
            Assert.Throws<ModelPackException>(() => GgufLayout.Create(new() { { "k", GgufValue.Of("a\uD83D") } }, [])).Message);

    internal static byte[] HeaderOf(GgufLayout layout)
    {
        MemoryStream header = new();
        layout.WriteHeader(header);
        return header.ToArray();
    }

    internal static string WriteZeros(string path, GgufLayout layout)
    {
        using FileStream file = File.Create(path);
        layout.WriteHeader(file);
        file.SetLength(layout.TotalBytes);
        return path;
    }
}
