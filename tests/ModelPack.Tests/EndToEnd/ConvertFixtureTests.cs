using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>Every family, from its hub folder through the tool into llama.cpp.</summary>
public sealed class ConvertFixtureTests
{
    public static TheoryData<string> Families =>
        ["llama31", "qwen3", "qwen3moe", "deepseekv3", "kimik2", "minimaxm2", "trained-qwen3moe"];

    [Theory]
    [MemberData(nameof(Families))]
    public async Task The_f32_conversion_gives_the_golden_logits_in_llama_cpp(string family)
    {
        string fixture = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        string file = folder.File("model-f32.gguf");
        await Tool.SucceedAsync("convert", fixture, "-t", "f32", "-o", file);
        using LlamaModel model = LlamaCpp.Load(file);
        foreach (GoldenLogits golden in GoldenLogits.Load(family))
        {
            golden.AssertNear(model.Logits(golden.Tokens), tolerance: 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task The_bf16_conversion_has_the_golden_tensors(string family)
    {
        string fixture = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        string file = folder.File("model-bf16.gguf");
        await Tool.SucceedAsync("convert", fixture, "-t", "bf16", "-o", file);
        using GgufFile written = GgufFile.Open(file);
        Assert.Equal(
            GoldenTensors.OfConversion(family).OrderBy(static t => t.Name, StringComparer.Ordinal),
            GoldenTensors.Of(written).OrderBy(static t => t.Name, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Auto_keeps_16_bits_and_turns_packed_weights_into_bf16(string family)
    {
        string fixture = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", fixture, "--to", "gguf", "-o", folder.File("auto.gguf"));
        await Tool.SucceedAsync("convert", fixture, "--type", "bf16", "-o", folder.File("bf16.gguf"));
        Assert.Equal(await File.ReadAllBytesAsync(folder.File("bf16.gguf"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(folder.File("auto.gguf"), TestContext.Current.CancellationToken));
    }
}
