using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class PreTokenizersTests
{
    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen35 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Gpt4o =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Tekken =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
        + @"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Kimi =
        @"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+"
        + @"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+"
        + @"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
        + @"\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Encoding = """{"type":"ByteLevel","use_regex":false}""";

    private const string Gpt2 = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""";

    private const string Digits = """{"type":"Digits","individual_digits":true}""";

    public static TheoryData<string, string, string> Known => new()
    {
        { "gpt-2", Gpt2, "" },
        { "gpt-2", Sequence(Gpt2), "" },
        { "gpt-2", Sequence(Split(PreTokenizerRules.Gpt2), Encoding), "" },
        { "starcoder", Sequence(Digits, Gpt2), "" },
        { "falcon", Sequence("""{"type":"Punctuation","behavior":"Contiguous"}""", Gpt2, """{"type":"Digits","individual_digits":false}""", Split("[0-9][0-9][0-9]")), "" },
        { "qwen2", Sequence(Split(Qwen2), Encoding), "" },
        { "qwen2", Sequence(Split(Qwen2.Replace(@"\r", "\r", StringComparison.Ordinal).Replace(@"\n", "\n", StringComparison.Ordinal)), Encoding), "" },
        { "qwen2", Sequence(Split(Qwen2, "Removed", inverted: true), Encoding), "" },
        { "qwen2", Sequence(Sequence(Split(Qwen2)), Encoding), "" },
        { "qwen2", Sequence(Split(Qwen2.Replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)", "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])", StringComparison.Ordinal)), Encoding), "" },
        { "deepseek-r1-qwen", Sequence(Split(Qwen2), Encoding), "<｜begin▁of▁sentence｜>" },
        { "qwen35", Sequence(Split(Qwen35), Encoding), "" },
        { "llama-bpe", Sequence(Split(Llama3), Encoding), "" },
        { "llama-bpe", Sequence(Split(Llama3), Encoding), "<|begin_of_text|>" },
        { "glm4", Sequence(Split(Llama3), Encoding), "[gMASK]" },
        { "gpt-4o", Sequence(Split(Gpt4o), Encoding), "" },
        { "llama4", Sequence(Split(Gpt4o), Encoding), "<|begin_of_text|>" },
        { "minimax-m2", Sequence(Split(Gpt4o), Encoding), "]~b]" },
        { "tekken", Sequence(Split(Tekken), Encoding), "" },
        { "kimi-k2", Sequence(Split(Kimi), Encoding), "" },
        { "deepseek-coder", Sequence(Split("[\r\n]"), Split(@"\s?\p{L}+"), Split(@"\s?\p{P}+"), Split("[一-龥ࠀ-一가-퟿]+"), Digits, Encoding), "" },
        { "deepseek-llm", Sequence(Split("[\r\n]"), Split(@"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿ]+"), Split(@"\s?[!-/:-~！-／：-～‘-‟　-。]+"), Split(@"\s+$"), Split("[一-龥ࠀ-一가-퟿]+"), Digits, Encoding), "" },
    };

    public static TheoryData<string, string> Unknown => new()
    {
        { "null", "(none)" },
        { Encoding, "(none)" },
        { Split(Qwen2), "<no ByteLevel>" },
        { Sequence(Split(Qwen2, "MergedWithNext"), Encoding), "MergedWithNext" },
        { Sequence(Split(Qwen2, "Isolated", inverted: true), Encoding), "inverted" },
        { Sequence(Split("my\nregex"), Encoding), @"my\nregex" },
        { Sequence(Split(Qwen2), Gpt2), PreTokenizerRules.Gpt2 },
        { """{"type":"Metaspace"}""", "<Metaspace>" },
        { """{"type":"Split","pattern":{"String":" "},"behavior":"Isolated"}""", "String" },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Rules_have_a_name(string name, string rules, string marker)
    {
        using TokenizerFolder folder = Folder(rules, marker);
        Assert.Equal(name, folder.Read(8).PreTokenizer);
    }

    [Theory]
    [InlineData("true", "starcoder")]
    [InlineData("false", "smollm")]
    public void Digits_and_GPT_2s_regex_have_a_name_by_how_spaces_are_decoded(string cleansUp, string name)
    {
        using TokenizerFolder folder = Folder(Sequence(Digits, Gpt2), "");
        folder.Add("tokenizer_config.json", System.Text.Encoding.UTF8.GetBytes($$"""{"clean_up_tokenization_spaces":{{cleansUp}} }"""));
        Assert.Equal(name, folder.Read(8).PreTokenizer);
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Unknown_rules_are_printed_with_the_way_out(string rules, string printed)
    {
        using TokenizerFolder folder = Folder(rules, "");
        UnsupportedModelException error = Assert.Throws<UnsupportedModelException>(() => folder.Read(8));
        Assert.StartsWith("tokenizer.json: pre_tokenizer: unknown rules ", error.Message, StringComparison.Ordinal);
        Assert.Contains(printed, error.Message, StringComparison.Ordinal);
        Assert.Contains("--pre-tokenizer NAME, one of a.x-4.0, ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal("mpt", folder.Read(8, "mpt").PreTokenizer);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones()
    {
        using TokenizerFolder folder = Folder(Gpt2, "");
        ModelPackException error = Assert.Throws<ModelPackException>(() => folder.Read(8, "qwen"));
        Assert.Contains("unknown name 'qwen'", error.Message, StringComparison.Ordinal);
        Assert.Contains("qwen2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_sorted_and_stand_once() =>
        Assert.Equal(PreTokenizers.Names.Distinct().Order(StringComparer.Ordinal), PreTokenizers.Names);

    private static TokenizerFolder Folder(string rules, string marker)
    {
        string added = marker.Length == 0 ? "" : $$"""{"id":1,"content":"{{marker}}","special":true,"normalized":false}""";
        return TokenizerFolder.With(("tokenizer.json",
            $$"""{"added_tokens":[{{added}}],"pre_tokenizer":{{rules}},"decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]} }"""));
    }

    private static string Sequence(params string[] rules) =>
        $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', rules)}}]}""";

    private static string Split(string regex, string behavior = "Isolated", bool inverted = false) =>
        JsonSerializer.Serialize(new { type = "Split", pattern = new { Regex = regex }, behavior, invert = inverted });
}
