using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>The models that benchmarks make up are models that llama.cpp runs.</summary>
public sealed class MadeUpModelTests
{
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
