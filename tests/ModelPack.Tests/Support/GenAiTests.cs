using System.Text;
using System.Text.Json;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace ModelPack.Tests.Support;

/// <summary>The harness itself, with a model whose next token is a function of the last one.</summary>
public sealed class GenAiTests
{
    private const int Vocabulary = 2048;

    [Fact]
    public void Greedy_generation_follows_the_table_and_the_cache_grows()
    {
        using TempFolder folder = Folder();
        using GenAi model = GenAi.Load(folder.Path);
        int[] prompt = model.Tokenize("the quick brown fox");
        int[] expected = [.. Following(prompt[^1]).Take(12)];
        Assert.Equal(expected, model.Generate(prompt, 12));
        Assert.Equal(model.Detokenize(expected), model.Generate("the quick brown fox", 12));
    }

    [Fact]
    public void Text_survives_and_the_chat_template_is_applied()
    {
        using TempFolder folder = Folder();
        using GenAi model = GenAi.Load(folder.Path);
        Assert.Equal("naïve 漢字", model.Detokenize(model.Tokenize("naïve 漢字")));
        Assert.Equal(
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
            model.ApplyChatTemplate("""[{"role": "user", "content": "Hi"}]"""));
    }

    [Fact]
    public void What_genai_refuses_is_an_exception()
    {
        using TempFolder folder = Folder();
        File.Delete(folder.File("tokenizer.json"));
        Assert.Throws<OnnxRuntimeGenAIException>(() => GenAi.Load(folder.Path));
    }

    private static IEnumerable<int> Following(int token)
    {
        while (true)
        {
            yield return token = GenAiStub.Next(token, Vocabulary);
        }
    }

    private static TempFolder Folder()
    {
        TempFolder folder = new();
        string sample = RepositoryFolder.Join("samples", "tiny-qwen3moe");
        File.Copy(Path.Combine(sample, "tokenizer.json"), folder.File("tokenizer.json"));
        File.Copy(Path.Combine(sample, "tokenizer_config.json"), folder.File("tokenizer_config.json"));
        GenAiStub.Write(folder, Vocabulary);
        folder.Write("genai_config.json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            model = new
            {
                type = "decoder",
                bos_token_id = 2045,
                eos_token_id = 2047,
                pad_token_id = 2045,
                vocab_size = Vocabulary,
                context_length = 128,
                decoder = new
                {
                    filename = "model.onnx",
                    head_size = 2,
                    hidden_size = 2,
                    num_attention_heads = 1,
                    num_key_value_heads = 1,
                    num_hidden_layers = 1,
                    inputs = new
                    {
                        input_ids = "input_ids",
                        attention_mask = "attention_mask",
                        past_key_names = "past_key_values.%d.key",
                        past_value_names = "past_key_values.%d.value",
                    },
                    outputs = new { logits = "logits", present_key_names = "present.%d.key", present_value_names = "present.%d.value" },
                },
            },
            search = new { do_sample = false, max_length = 128, past_present_share_buffer = false },
        })));
        return folder;
    }
}
