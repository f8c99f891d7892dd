using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>What the tool writes is used for what it is for: llama.cpp tells stories with it.</summary>
public sealed class GenerationTests
{
    [Theory]
    [InlineData("stories260K-f32.gguf", "q8_0")]
    [InlineData("stories260K-f32.gguf", "q6_k")]
    [InlineData("stories260K-moe4-f32.gguf", "q8_0")]
    [InlineData("stories260K-moe4-f32.gguf", "q6_k")]
    public async Task A_quantized_story_teller_still_tells_its_story(string model, string type)
    {
        string source = SharedFolder.Require($"data/models/{model}");
        string golden = await File.ReadAllTextAsync(
            SharedFolder.Require("data/models/golden_greedy.txt"), TestContext.Current.CancellationToken);
        using TempFolder folder = new();
        string file = folder.File("story.gguf");
        await Tool.SucceedAsync("quantize", source, "-t", type, "-o", file);
        using LlamaModel quantized = LlamaCpp.Load(file);
        using LlamaModel original = LlamaCpp.Load(source);
        string expected = original.Generate("", 40);
        Assert.StartsWith(expected.Trim(), golden.Trim(), StringComparison.Ordinal);
        Assert.Equal(expected, quantized.Generate("", 40));
    }

    [Theory]
    [InlineData("q4_k_m", 0.25)]
    [InlineData("q8_0", 0.02)]
    public async Task The_quantized_sample_predicts_what_the_full_model_predicts(string type, double tolerance)
    {
        string sample = RepositoryFolder.Join("samples", "tiny-qwen3moe");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", sample, "-o", folder.File("full.gguf"));
        await Tool.SucceedAsync("quantize", sample, "-t", type, "-o", folder.File("small.gguf"));
        using LlamaModel full = LlamaCpp.Load(folder.File("full.gguf"));
        using LlamaModel small = LlamaCpp.Load(folder.File("small.gguf"));
        int[] tokens = full.Tokenize("The history of the town begins with a church that was built by the river");
        float[] expected = full.Logits(tokens);
        float[] actual = small.Logits(tokens);
        double error = Math.Sqrt(expected.Zip(actual, static (x, y) => (double)(x - y) * (x - y)).Sum() / expected.Sum(static x => (double)x * x));
        Assert.InRange(error, 1e-6, tolerance);
        Assert.Matches("[a-z]{2,}", small.Generate("The king", 24));
    }
}
