namespace ModelPack.Tests.Support;

public sealed class GgufProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelpack-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_real_file_has_the_keys_and_weights_that_the_library_sees()
    {
        string path = SharedFolder.Require("data/models/stories260K-f32.gguf");
        GgufProbe probe = GgufProbe.Read(path);
        using LlamaModel model = LlamaCpp.Load(path);
        Assert.All(model.Metadata.Keys, key => Assert.Contains(key, probe.Metadata.Keys));
        Assert.Equal("llama", probe.Metadata["general.architecture"]);
        Assert.Equal("4:5", probe.Metadata["llama.block_count"]);
        Assert.Equal(model.Parameters, probe.Tensors.Sum(static t => RandomModel.Count(t.Shape)));
        Assert.All(probe.Tensors, static t => Assert.Equal(RandomModel.Count(t.Shape) * 4, t.Bytes));
    }

    [Fact]
    public void A_changed_weight_and_a_changed_type_are_found()
    {
        string original = SharedFolder.Require("data/models/stories260K-f32.gguf");
        string flipped = Path.Combine(_folder, "flipped.gguf");
        byte[] bytes = File.ReadAllBytes(original);
        bytes[^5] ^= 1;
        File.WriteAllBytes(flipped, bytes);
        GgufProbe probe = GgufProbe.Read(original);
        Assert.Empty(GgufProbe.Differences(probe, GgufProbe.Read(original)));
        string line = Assert.Single(GgufProbe.Differences(probe, GgufProbe.Read(flipped)));
        Assert.Equal($"{probe.Tensors[^1].Name}: other bytes", line);

        string quantized = Path.Combine(_folder, "q8_0.gguf");
        LlamaCpp.Quantize(original, quantized, LlamaFileType.Q8_0);
        Assert.Contains(
            "blk.0.attn_q.weight: expected type 0 [64,64], got 8 [64,64]",
            GgufProbe.Differences(probe, GgufProbe.Read(quantized)));
    }
}
