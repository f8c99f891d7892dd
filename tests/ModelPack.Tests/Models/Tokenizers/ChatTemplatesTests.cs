using System.Text;
using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class ChatTemplatesTests
{
    public static TheoryData<string> Templates =>
        [.. Files("data/chat-templates", "*.jinja"), .. Files("data/hostile", "*.json")];

    // Files of the folder, and the keys that come out.
    public static TheoryData<string[], string[]> Sources => new()
    {
        { ["tokenizer_config.json", """{"chat_template":"T"}"""], ["tokenizer.chat_template=T"] },
        { ["tokenizer_config.json", """{"chat_template":null}""", "chat_template.jinja", "J"], [] },
        { ["tokenizer_config.json", """{"chat_template":""}"""], [] },
        { ["tokenizer_config.json", """{"chat_template":7}"""], [] },
        { ["tokenizer_config.json", """{"chat_template":"T"}""", "chat_template.jinja", "J"], ["tokenizer.chat_template=T"] },
        { ["tokenizer_config.json", """{"x":1}""", "chat_template.jinja", "J\r\nK\r\u2028"], ["tokenizer.chat_template=J\nK\n\u2028"] },
        { ["tokenizer_config.json", """{"x":1}""", "chat_template.json", """{"chat_template":"C"}"""], ["tokenizer.chat_template=C"] },
        { ["tokenizer_config.json", """{"x":1}""", "chat_template.json", """{"chat_template":"C"}""", "chat_template.jinja", "J"], ["tokenizer.chat_template=J"] },
        { ["tokenizer_config.json", "{}", "chat_template.jinja", "J"], [] },
        { ["chat_template.jinja", "J"], [] },
        {
            ["tokenizer_config.json", """{"chat_template":[{"name":"tool use","template":"U"},{"name":"default","template":"D"},{"name":"rag","template":"R"},{"name":"","template":"N"},{"name":"empty"}]}"""],
            ["tokenizer.chat_template.tool_use=U", "tokenizer.chat_template.rag=R", "tokenizer.chat_templates=tool_use,rag", "tokenizer.chat_template=D"]
        },
        {
            ["tokenizer_config.json", """{"x":1}""", "chat_template.jinja", "J", "additional_chat_templates/z.jinja", "Z", "additional_chat_templates/a.jinja", "A"],
            ["tokenizer.chat_template.a=A", "tokenizer.chat_template.z=Z", "tokenizer.chat_templates=a,z", "tokenizer.chat_template=J"]
        },
    };

    [Theory]
    [MemberData(nameof(Sources))]
    public void The_weightiest_file_gives_the_templates(string[] files, string[] expected)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""")));
        foreach (string[] file in files.Chunk(2))
        {
            folder.Add(file[0], Encoding.UTF8.GetBytes(file[1]));
        }

        GgufMetadata metadata = [];
        VocabularyMetadata.Append(metadata, folder.Read(1));
        Assert.Equal(expected, metadata.Where(static e => e.Key.StartsWith("tokenizer.chat", StringComparison.Ordinal))
            .Select(static e => $"{e.Key}={(e.Value.Value is string[] names ? string.Join(',', names) : e.Value.Value)}"));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void A_template_is_carried_through_unchanged(string file)
    {
        string text = File.ReadAllText(SharedFolder.Require(file));
        string template = text;
        string settings = text;
        if (file.EndsWith(".json", StringComparison.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(text);
            template = document.RootElement.GetProperty("chat_template").GetString()!;
        }
        else
        {
            settings = JsonSerializer.Serialize(new { chat_template = text });
        }

        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":999}""")), ("tokenizer_config.json", settings));
        Assert.Equal(template, folder.Read(1000).ChatTemplate);
    }

    [Theory]
    [InlineData("""{"chat_template":["x"]}""", """tokenizer_config.json: chat_template[0]: '"x"' where an object with name and template was expected""")]
    [InlineData("""{"chat_template":[{"name":7}]}""", "tokenizer_config.json: chat_template[0].name: '7' where a string was expected")]
    [InlineData("""{"chat_template":[{"name":"a","template":7}]}""", "tokenizer_config.json: chat_template[0].template: '7' where a string was expected")]
    [InlineData("""{"chat_template":"\udc00"}""", "tokenizer_config.json: chat_template: not valid Unicode (a lone surrogate or broken UTF-8)")]
    public void A_template_that_is_no_text_is_refused(string settings, string message)
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""")), ("tokenizer_config.json", settings));
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => folder.Read(1)).Message);
    }

    private static IEnumerable<string> Files(string folder, string pattern) =>
        SharedFolder.Path is { } root && Directory.Exists(Path.Combine(root, folder))
            ? Directory.EnumerateFiles(Path.Combine(root, folder), pattern).Order(StringComparer.Ordinal).Select(f => $"{folder}/{Path.GetFileName(f)}")
            : [$"{folder}/absent"];
}
