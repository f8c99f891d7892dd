using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class InspectCommandTests
{
    [Theory]
    [InlineData("llama31", "LlamaForCausalLM", "none")]
    [InlineData("deepseekv3", "DeepseekV3ForCausalLM", "fp8 128x128")]
    [InlineData("kimik2", "DeepseekV3ForCausalLM", "compressed-tensors pack-quantized int4 g32")]
    [InlineData("minimaxm2", "MiniMaxM2ForCausalLM", "fp8 128x128")]
    public async Task A_folder_and_its_conversion_say_the_same_of_the_model(string family, string architecture, string encoding)
    {
        string fixture = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", fixture, "-o", folder.File("model.gguf"));
        JsonElement source = await InspectAsync(fixture);
        JsonElement converted = await InspectAsync(folder.File("model.gguf"));
        Assert.Equal(1, source.GetProperty("schemaVersion").GetInt32());
        Assert.Equal("safetensors", source.GetProperty("format").GetString());
        Assert.Equal("gguf", converted.GetProperty("format").GetString());
        Assert.Equal(architecture, source.GetProperty("architecture").GetString());
        Assert.Equal(encoding, source.GetProperty("encoding").GetString());
        foreach (string field in (string[])["layers", "contextLength", "vocabularySize", "license"])
        {
            Assert.Equal(source.GetProperty(field).ToString(), converted.GetProperty(field).ToString());
        }

        Assert.Equal(source.TryGetProperty("experts", out JsonElement experts), converted.TryGetProperty("experts", out JsonElement same));
        Assert.Equal(experts.ToString(), same.ToString());
    }

    [Fact]
    public async Task The_sample_is_described_without_reading_its_weights()
    {
        Tool run = await Tool.SucceedAsync("inspect", RepositoryFolder.Join("samples", "tiny-qwen3moe"));
        Snapshot.Match(run.Output);
    }

    [Fact]
    public async Task Tensors_are_listed_when_asked_for()
    {
        JsonElement model = await InspectAsync(RepositoryFolder.Join("samples", "tiny-qwen3moe"), "--tensors");
        JsonElement[] tensors = [.. model.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(model.GetProperty("bytes").GetInt64(), tensors.Sum(static t => t.GetProperty("bytes").GetInt64()));
        Assert.Contains(tensors, static t => t.GetProperty("name").GetString() == "model.layers.0.mlp.experts.7.down_proj.weight");
        Assert.Contains("model.norm.weight", (await Tool.SucceedAsync(
            "inspect", RepositoryFolder.Join("samples", "tiny-qwen3moe", "model.safetensors"), "--tensors")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "no such folder or file")]
    [InlineData("model.bin", "never opened")]
    [InlineData("model.txt", "expected a checkpoint folder")]
    [InlineData("empty", "config.json")]
    public async Task What_is_no_model_is_named(string name, string reason)
    {
        using TempFolder folder = new();
        folder.Write("model.bin", [0x80, 2]);
        folder.Write("model.txt", "x"u8);
        Directory.CreateDirectory(folder.File("empty"));
        Tool run = await Tool.RunAsync("inspect", folder.File(name));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    private static async Task<JsonElement> InspectAsync(params string[] args) =>
        JsonDocument.Parse((await Tool.SucceedAsync(["inspect", .. args, "--json"])).Output).RootElement;
}
