using ModelPack.Quantize.Mixtures;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>A converted model, run by the program it is for, says what the reference conversion says.</summary>
public sealed class GoldenLogitsTests
{
    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("kimik2")]
    [InlineData("llama31")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3")]
    [InlineData("qwen3moe")]
    [InlineData("trained-qwen3moe")]
    public async Task A_converted_fixture_has_the_logits_of_the_reference_conversion(string fixture)
    {
        using TempFolder folder = new();
        string path = folder.File("model.gguf");
        await RealFiles.ConvertAsync(SharedFolder.Require($"fixtures/{fixture}"), path, QuantPreset.F32);
        using LlamaModel model = LlamaCpp.Load(path);
        Assert.All(GoldenLogits.Load(fixture), golden => golden.AssertNear(model.Logits(golden.Tokens), 1e-5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_made_up_model_loads_and_its_tokenizer_works(bool experts)
    {
        using TempFolder folder = new();
        RandomCheckpoint.Write(folder.File("checkpoint"), experts ? RandomModel.TinyMoe : RandomModel.TinyDense, 1 << 20);
        await RealFiles.ConvertAsync(folder.File("checkpoint"), folder.File("model.gguf"), null);
        using LlamaModel model = LlamaCpp.Load(folder.File("model.gguf"));
        int[] tokens = model.Tokenize("ab cd\n");
        Assert.Equal("ab cd\n", model.Detokenize(tokens));
        Assert.All(model.Logits(tokens), static logit => Assert.True(float.IsFinite(logit)));
    }
}
