using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class VocabularyFixtureTests
{
    public static TheoryData<string> Fixtures =>
        ["deepseekv3", "kimik2", "llama31", "minimaxm2", "qwen3", "qwen3moe", "trained-qwen3moe"];

    // Each fixture's metadata keys that differ, and why that is right.
    private static readonly Dictionary<string, string[]> Differences = new()
    {
        // The golden file comes from a tokenizer.json; llama.cpp's converter finds no pad token in a folder with
        // tiktoken.model, as it looks for its id in tokenizer.json and config.json only.
        ["kimik2"] = ["tokenizer.ggml.padding_token_id"],
    };

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Metadata_is_what_llama_cpps_converter_writes(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden", "gguf-bf16.json")));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        int size = config.RootElement.GetProperty("vocab_size").GetInt32();
        Vocabulary vocabulary = VocabularyReader.Read(folder, size, new VocabularyOptions());
        GgufMetadata metadata = [];
        if (fixture == "llama31")
        {
            VocabularyMetadata.AppendLlama(metadata, vocabulary);
        }
        else
        {
            VocabularyMetadata.Append(metadata, vocabulary);
        }

        string[] known = Differences.GetValueOrDefault(fixture, []);
        string[] expected = [.. golden.RootElement.GetProperty("metadata").EnumerateObject()
            .Where(p => p.Name.StartsWith("tokenizer.", StringComparison.Ordinal) && !known.Contains(p.Name))
            .Select(static p => $"{p.Name} {p.Value.GetProperty("type").GetString()} {Golden(p.Value.GetProperty("value"))}")];
        string[] actual = [.. metadata.Select(static e => $"{e.Key} {TypeOf(e.Value)} {Ours(e.Value)}")];
        Assert.Equal(expected, actual);
        Assert.All(known, key => Assert.False(metadata.Contains(key)));
    }

    private static string TypeOf(GgufValue value) =>
        value.ElementType is { } element
            ? $"array/{element.ToString().ToLowerInvariant()}"
            : value.Type.ToString().ToLowerInvariant();

    private static string Golden(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
            ? $"{value.GetProperty("count")} {value.GetProperty("sha256").GetString()}"
            : Python(value.Deserialize<object>()!);

    private static string Ours(GgufValue value) =>
        value.Value is Array { Length: > 64 } array ? $"{array.Length} {Sha256(array)}" : Python(value.Value);

    private static string Sha256(Array array) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Python(array))));

    /// <summary>json.dumps(value, ensure_ascii=False).</summary>
    private static string Python(object value) => value switch
    {
        string text => Quote(text),
        JsonElement { ValueKind: JsonValueKind.String } text => Quote(text.GetString()!),
        JsonElement element => element.GetRawText(),
        bool flag => flag ? "true" : "false",
        Array array => "[" + string.Join(", ", array.Cast<object>().Select(Python)) + "]",
        _ => $"{value}",
    };

    private static string Quote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append($"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
