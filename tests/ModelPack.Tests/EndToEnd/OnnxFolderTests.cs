using System.Text.Json;
using ModelPack.Tests.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>Whole folders as the command writes them, in ONNX Runtime GenAI, beside llama.cpp on the same model's GGUF.</summary>
public sealed class OnnxFolderTests
{
    [Theory]
    [InlineData("The history of the town begins with a church that was built by the river")]
    [InlineData("\"I do not know,\" said the king,")]
    [InlineData("In 1872 the railway")]
    public async Task The_samples_greedy_text_is_that_of_llama_cpp(string prompt)
    {
        string sample = RepositoryFolder.Join("samples", "tiny-qwen3moe");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", sample, "--type", "f32", "-o", folder.File("model.gguf"));
        await Tool.SucceedAsync("convert", sample, "--to", "onnx", "--type", "f32", "-o", folder.File("onnx"));
        using LlamaModel llama = LlamaCpp.Load(folder.File("model.gguf"));
        using GenAi genAi = GenAi.Load(folder.File("onnx"));
        int[] tokens = llama.Tokenize(prompt);
        Assert.Equal(tokens, genAi.Tokenize(prompt));
        int[] expected = llama.Generate(tokens, 48);
        int[] actual = genAi.Generate(tokens, 48);
        Assert.Equal(expected, actual.Length > 0 && llama.EndsGeneration(actual[^1]) ? actual[..^1] : actual);
        Assert.Equal(llama.Detokenize(expected), genAi.Detokenize(expected));
    }

    [Theory]
    [MemberData(nameof(VocabularyFixtureTests.Fixtures), MemberType = typeof(VocabularyFixtureTests))]
    public async Task Every_familys_folder_generates_and_is_described_as_its_source(string fixture)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", source, "--type", "f32", "-o", folder.File("model.gguf"));
        await Tool.SucceedAsync("convert", source, "--to", "onnx", "--type", "f32", "-o", folder.File("f32"));
        await Tool.SucceedAsync("quantize", source, "--to", "onnx", "-t", "int4", "-o", folder.File("int4"));
        JsonElement known = await InspectAsync(source);
        foreach (string output in (string[])["f32", "int4"])
        {
            JsonElement onnx = await InspectAsync(folder.File(output));
            foreach (string field in (string[])["parameters", "activeParameters", "layers", "contextLength", "vocabularySize", "license", "tokenizer"])
            {
                Assert.Equal((field, known.GetProperty(field).ToString()), (field, onnx.GetProperty(field).ToString()));
            }

            if (known.TryGetProperty("experts", out JsonElement experts))
            {
                Assert.Equal(experts.GetProperty("count").GetInt32(), onnx.GetProperty("experts").GetProperty("count").GetInt32());
                Assert.Equal(experts.GetProperty("active").GetInt32(), onnx.GetProperty("experts").GetProperty("active").GetInt32());
            }

            Assert.Equal(output == "int4", onnx.GetProperty("types").TryGetProperty("int4", out _));
            using GenAi genAi = GenAi.Load(folder.File(output));
            Assert.NotEmpty(genAi.Generate([5, 6, 7], 4));
        }

        // Random weights make near ties likely, so only the start of the text is compared.
        using LlamaModel llama = LlamaCpp.Load(folder.File("model.gguf"));
        using GenAi exact = GenAi.Load(folder.File("f32"));
        Assert.Equal(llama.Generate([5, 6, 7], 4), exact.Generate([5, 6, 7], 4));
    }

    private static async Task<JsonElement> InspectAsync(string path)
    {
        Tool run = await Tool.SucceedAsync("inspect", path, "--json");
        Assert.Equal("", run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
