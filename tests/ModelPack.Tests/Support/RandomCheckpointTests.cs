using System.Security.Cryptography;
using System.Text.Json;

namespace ModelPack.Tests.Support;

public sealed class RandomCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelpack-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_model_gives_the_same_bytes_and_every_tensor_lies_where_the_header_says(bool experts)
    {
        RandomModel model = experts ? RandomModel.TinyMoe : RandomModel.TinyDense;
        RandomCheckpoint.Write(Path.Combine(_folder, "a"), model);
        RandomCheckpoint.Write(Path.Combine(_folder, "b"), model);
        byte[] bytes = File.ReadAllBytes(Path.Combine(_folder, "a", "model.safetensors"));
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(_folder, "b", "model.safetensors")));
        int header = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(8 + header + (model.Parameters * 2), bytes.Length);
        using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(8, header));
        foreach ((string name, long[] shape) in model.Tensors)
        {
            JsonElement entry = document.RootElement.GetProperty(name);
            long[] offsets = [.. entry.GetProperty("data_offsets").EnumerateArray().Select(static n => n.GetInt64())];
            Assert.Equal(RandomModel.Count(shape) * 2, offsets[1] - offsets[0]);
        }
    }

    [Fact]
    public void Weights_do_not_depend_on_how_the_model_is_split()
    {
        RandomCheckpoint.Write(Path.Combine(_folder, "one"), RandomModel.TinyDense);
        RandomCheckpoint.Write(Path.Combine(_folder, "many"), RandomModel.TinyDense, shardBytes: 1 << 20);
        string[] shards = [.. Directory.GetFiles(Path.Combine(_folder, "many"), "*.safetensors").Order(StringComparer.Ordinal)];
        Assert.True(shards.Length > 2);
        Assert.Equal(
            Sha256Of(Data(Path.Combine(_folder, "one", "model.safetensors"))),
            Sha256Of([.. shards.SelectMany(Data)]));
    }

    [Fact]
    public void Weights_are_normal_with_the_deviation_of_their_row_length()
    {
        using MemoryStream stream = new();
        RandomWeights.Write(stream, "w", [1024, 256]);
        float[] values = [.. stream.ToArray().Chunk(2).Select(static b => BitConverter.Int32BitsToSingle(BitConverter.ToUInt16(b) << 16))];
        Assert.Equal(1024 * 256, values.Length);
        Assert.Equal(0, values.Average(), 1e-3);
        Assert.Equal(1 / 16.0, Math.Sqrt(values.Average(static v => (double)v * v)), 1e-3);
        Assert.InRange(values.Max(), 3.5f / 16, 6f / 16);
    }

    [Theory]
    [InlineData(500, false)]
    [InlineData(500, true)]
    [InlineData(8000, true)]
    public void A_model_of_a_wanted_size_is_near_it(int megabytes, bool experts)
    {
        RandomModel model = RandomModel.OfSize(megabytes * 1_000_000L, experts);
        Assert.InRange(model.Parameters * 2 / 1e6, megabytes * 0.7, megabytes * 1.3);
        Assert.True(model.Layers > 1);
        Assert.NotEqual(8, model.Experts);
    }

    [Fact]
    public void The_tokenizer_has_exactly_the_tokens_it_is_asked_for()
    {
        RandomTokenizer.Write(_folder, 512);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, "tokenizer.json")));
        JsonElement bpe = document.RootElement.GetProperty("model");
        Assert.Equal(Enumerable.Range(0, 509), bpe.GetProperty("vocab").EnumerateObject().Select(static t => t.Value.GetInt32()));
        Assert.Equal(509 - 256, bpe.GetProperty("merges").GetArrayLength());
    }

    private static byte[] Data(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes[(8 + (int)BitConverter.ToInt64(bytes))..];
    }

    private static string Sha256Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
