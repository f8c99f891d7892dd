using System.Text.Json.Nodes;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>ONNX Runtime GenAI runs the graph with its cache as it stands: head sizes, names, shared buffers.</summary>
public sealed class GenAiTests
{
    [Theory]
    [InlineData("deepseekv3", OnnxElementType.Float)]
    [InlineData("minimaxm2", OnnxElementType.Float)]
    [InlineData("trained-qwen3moe", OnnxElementType.Float)]
    [InlineData("trained-qwen3moe", OnnxElementType.Float16)]
    public void Greedy_tokens_are_those_of_the_graph(string fixture, OnnxElementType type)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        using ExportedModel model = ExportedModel.Load(source, OnnxExportOptions.Plain(type));
        File.Copy(Path.Combine(source, "tokenizer.json"), Path.Combine(model.Folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(model.Folder, "tokenizer_config.json"), """{"tokenizer_class": "PreTrainedTokenizerFast"}""");
        File.WriteAllText(Path.Combine(model.Folder, "genai_config.json"), Config(model.Decoder).ToJsonString());
        int[] prompt = GoldenLogits.Load(fixture)[0].Tokens[..8];
        using GenAi genAi = GenAi.Load(model.Folder);
        int[] generated = genAi.Generate(prompt, 8);
        List<int> expected = [.. prompt];
        for (int i = 0; i < generated.Length; i++)
        {
            float[] logits = model.Logits([.. expected]);
            int vocabulary = model.Decoder.Spec.VocabularySize;
            float[] last = logits[^vocabulary..];
            expected.Add(Array.IndexOf(last, last.Max()));
        }

        Assert.NotEmpty(generated);
        Assert.Equal(expected[8..], generated);
    }

    private static JsonObject Config(OnnxDecoder decoder)
    {
        OnnxCache cache = OnnxCache.Of(decoder.Spec.Layers[0].Attention);
        JsonObject search = new() { ["do_sample"] = false, ["max_length"] = 512, ["past_present_share_buffer"] = true };
        return new()
        {
            ["model"] = new JsonObject
            {
                ["type"] = "decoder",
                ["bos_token_id"] = 1,
                ["eos_token_id"] = decoder.Spec.VocabularySize - 1,
                ["pad_token_id"] = decoder.Spec.VocabularySize - 1,
                ["context_length"] = decoder.Spec.ContextLength,
                ["vocab_size"] = decoder.Spec.VocabularySize,
                ["decoder"] = new JsonObject
                {
                    ["filename"] = "model.onnx",
                    ["head_size"] = cache.HeadSize,
                    ["hidden_size"] = decoder.Spec.HiddenSize,
                    ["num_attention_heads"] = decoder.Spec.Layers[0].Attention.Heads,
                    ["num_key_value_heads"] = cache.Heads,
                    ["num_hidden_layers"] = decoder.Spec.Layers.Count,
                    ["inputs"] = new JsonObject
                    {
                        ["input_ids"] = "input_ids",
                        ["attention_mask"] = "attention_mask",
                        ["past_key_names"] = "past_key_values.%d.key",
                        ["past_value_names"] = "past_key_values.%d.value",
                    },
                    ["outputs"] = new JsonObject
                    {
                        ["logits"] = "logits",
                        ["present_key_names"] = "present.%d.key",
                        ["present_value_names"] = "present.%d.value",
                    },
                },
            },
            ["search"] = search,
        };
    }
}
