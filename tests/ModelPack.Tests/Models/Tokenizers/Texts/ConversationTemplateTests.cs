using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Models.Tokenizers.Texts;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Texts;

/// <summary>The chat templates of real models give the text that Hugging Face's Jinja gives.</summary>
public sealed class ConversationTemplateTests
{
    private static readonly string[] Conversations =
    [
        """{"messages": [{"role": "user", "content": "Hi"}]}""",
        """{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello! \"quoted\" <b>\n\n"}]}""",
        """{"messages": [{"role": "system", "content": "  Be brief. \n"}, {"role": "user", "content": " 2+2? "}, {"role": "assistant", "content": "4"}, {"role": "user", "content": "你好 😀"}, {"role": "assistant", "content": "é"}]}""",
        """{"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nBecause."}, {"role": "user", "content": "So?"}, {"role": "assistant", "content": "<think>Well</think>So."}]}""",
        """{"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "reasoning_content": "Hm.", "thinking": "Hm.", "content": "Because."}]}""",
        """
        {"messages": [{"role": "user", "content": "Weather in Paris?"},
          {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "id": "c0", "function": {"name": "weather", "arguments": {"city": "Paris", "days": 2, "metric": true, "note": null, "ratio": 0.5, "list": [1, "é"]}}}]},
          {"role": "tool", "name": "weather", "tool_call_id": "c0", "content": "{\"t\": 21}"}, {"role": "assistant", "content": "21 degrees."}],
         "tools": [{"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": {"type": "object",
          "properties": {"city": {"type": "string", "description": "Where"}, "days": {"type": "integer", "default": 1}, "unit": {"type": "string", "enum": ["c", "f"]}, "tags": {"type": "array", "items": {"type": "string"}}},
          "required": ["city"]}}}]}
        """,
        """
        {"messages": [{"role": "user", "content": "Both"},
          {"role": "assistant", "content": "Calling", "tool_calls": [{"type": "function", "id": "a", "function": {"name": "one", "arguments": {"x": "1"}}}, {"type": "function", "id": "b", "function": {"name": "two", "arguments": {}}}]},
          {"role": "tool", "name": "one", "tool_call_id": "a", "content": "1"}, {"role": "tool", "name": "two", "tool_call_id": "b", "content": "2"}, {"role": "assistant", "content": "Done."}]}
        """,
    ];

    public static TheoryData<string> Templates =>
    [
        "Kimi-K2-Instruct", "Kimi-K2-Thinking", "MiniMax-M2", "Qwen-Qwen3-0.6B", "deepseek-ai-DeepSeek-V3.1", "meta-llama-Llama-3.1-8B-Instruct",
        "moonshotai-Kimi-K2", "openai-gpt-oss-120b",
    ];

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_real_template_gives_the_text_of_Hugging_Faces_Jinja(string name)
    {
        string template = File.ReadAllText(SharedFolder.Require($"data/chat-templates/{name}.jinja"));
        Dictionary<string, string> tokens = new() { ["bos_token"] = "<BOS>", ["eos_token"] = "<EOS>" };
        ConversationTemplate ours = ConversationTemplate.Parse(template, tokens);
        (string, JsonNode)[] cases = [.. Conversations.Select(c =>
        {
            JsonObject variables = JsonNode.Parse(c)!.AsObject();
            variables["bos_token"] = "<BOS>";
            variables["eos_token"] = "<EOS>";
            variables["add_generation_prompt"] = false;
            variables.TryAdd("tools", null);
            return (template, (JsonNode)variables);
        })];
        string?[] expected = HuggingFaceJinja.Render(cases);
        int rendered = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            using JsonDocument conversation = JsonDocument.Parse(Conversations[i]);
            string? actual = Try(() => ours.Render("test", conversation.RootElement));
            if (expected[i] is not null)
            {
                rendered++;
                Assert.Equal(expected[i], actual);
            }
        }

        // Llama 3.1 and gpt-oss refuse two calls at once or content beside a call, and not all know lists.append.
        Assert.InRange(rendered, 4, Conversations.Length);
    }

    private static string? Try(Func<string> render)
    {
        try
        {
            return render();
        }
        catch (ModelPackException error)
        {
            return error.Message;
        }
    }
}
