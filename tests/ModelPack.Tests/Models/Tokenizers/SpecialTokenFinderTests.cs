using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class SpecialTokenFinderTests
{
    private const string Added = """
        [{"id":1,"content":"<s>","special":true},{"id":2,"content":"</s>","special":true},{"id":3,"content":"<e>","special":true},
        {"id":4,"content":"<p>","special":true}]
        """;

    // tokenizer_config.json, config.json, post_processor, what is found.
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "{}", "{}", "null", "" },
        { """{"bos_token":"<s>","eos_token":"</s>"}""", "{}", "null", "Bos=1 Eos=2" },
        { """{"pad_token":"<p>","eos_token":{"content":"</s>"}}""", "{}", "null", "Eos=2 Pad=4" },
        { """{"eos_token":"</s>"}""", """{"eos_token_id":3,"bos_token_id":1}""", "null", "Eos=2 Bos=1" },
        { "{}", """{"eos_token_id":[2,3],"bos_token_id":1}""", "null", "Bos=1" },
        { "{}", """{"pad_token_id":-1,"bos_token_id":null,"eos_token_id":2.0}""", "null", "" },
        { "{}", """{"text_config":{"eos_token_id":2}}""", "null", "Eos=2" },
        { """{"add_bos_token":true,"add_eos_token":false,"add_unk_token":true}""", "{}", "null", "+Bos -Eos" },
        { """{"bos_token":"<s>"}""", "{}", Template("<s>", null), "Bos=1 +Bos" },
        { """{"bos_token":"<s>","add_bos_token":false}""", "{}", Template("<s>", null), "Bos=1 -Bos" },
        { """{"bos_token":{"content":"<s>"}}""", "{}", Template("<s>", null), "Bos=1 -Bos" },
        { """{"bos_token":"<e>"}""", "{}", Template("<s>", null), "Bos=3 -Bos" },
        { """{"cls_token":"<s>","sep_token":"</s>"}""", "{}", Template("<s>", "</s>"), "Bos=1 Eos=2 Sep=2 Cls=1 +Bos +Eos" },
        { """{"bos_token":"<s>","eos_token":"</s>"}""", "{}", Template("<s>", "<e>"), "Bos=1 Eos=3 Eot=2 +Bos +Eos" },
        { """{"bos_token":"<s>"}""", "{}", $$"""{"type":"Sequence","processors":[{"type":"ByteLevel"},{{Template("<s>", null)}}]}""", "Bos=1 +Bos" },
        { """{"bos_token":"<s>"}""", "{}", Template("<s>", null, "<s>", "<s>"), "Bos=1 +Bos -Sep" },
        { """{"bos_token":"<s>","eos_token":"</s>"}""", "{}", Template("<s>", null, "<s>", "</s>"), "Bos=1 Eos=2 Sep=2 +Bos +Sep" },
        { """{"bos_token":"<s>","eos_token":"</s>"}""", "{}", """{"type":"RobertaProcessing","cls":["<s>",1],"sep":["</s>",2]}""",
            "Bos=1 Eos=2 Sep=2 Cls=1 +Bos +Eos +Sep" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ids_and_flags_are_those_of_gguf_py(string settings, string config, string processor, string expected)
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""", "[]", Added, $"\"post_processor\":{processor},")),
            ("tokenizer_config.json", settings), ("config.json", config));
        Assert.Equal(expected, Describe(folder.Read(8)));
    }

    [Fact]
    public void Without_tokenizer_config_the_template_names_BOS()
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""", "[]", Added, $"\"post_processor\":{Template("<s>", "</s>")},")),
            ("config.json", """{"bos_token_id":1}"""));
        Vocabulary vocabulary = folder.Read(8);
        Assert.Equal("Bos=1 +Bos +Eos", Describe(vocabulary));
        Assert.True(vocabulary.AddBos);
        Assert.Null(vocabulary.AddSep);
        Assert.Equal(1, vocabulary.IdOf(SpecialTokenRole.Bos));
        Assert.Null(vocabulary.IdOf(SpecialTokenRole.Eos));
    }

    [Theory]
    [InlineData("""{"eos_token_id":-2}""", "config.json: eos_token_id: token id '-2'; expected 0 to 2147483646")]
    [InlineData("""{"eos_token_id":2147483648}""", "config.json: eos_token_id: token id '2147483648'; expected 0 to 2147483646")]
    public void An_impossible_id_is_refused(string config, string message)
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""")), ("config.json", config));
        Assert.Equal(message, Assert.Throws<InvalidCheckpointException>(() => folder.Read(8)).Message);
    }

    [Theory]
    [InlineData("null", false)]
    [InlineData("""{"type":"NFC"}""", false)]
    [InlineData("""{"type":"Lowercase"}""", true)]
    [InlineData("""{"type":"BertNormalizer"}""", true)]
    [InlineData("""{"type":"BertNormalizer","lowercase":false}""", false)]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}""", true)]
    public void A_normalizer_may_lower_the_case(string normalizer, bool lowers)
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""", "[]", "[]", $"\"normalizer\":{normalizer},")));
        Assert.Equal(lowers, folder.Read(1).Lowercase);
    }

    private static string Describe(Vocabulary vocabulary) => string.Join(' ', vocabulary.SpecialTokens
        .Select(static t => $"{t.Role}={t.Id}").Concat(vocabulary.AutomaticTokens.Select(static t => $"{(t.Added ? '+' : '-')}{t.Role}")));

    private static string Template(string? first, string? last, string? pairFirst = null, string? separator = null)
    {
        string single = Items(Special(first), Sequence("A"), Special(last));
        string pair = separator is null ? "" : Items(Special(pairFirst), Sequence("A"), Special(separator), Sequence("B"));
        return $$"""{"type":"TemplateProcessing","single":[{{single}}],"pair":[{{pair}}]}""";
    }

    private static string Items(params string[] items) => string.Join(',', items.Where(static i => i.Length > 0));

    private static string Special(string? token) => token is null ? "" : $$$"""{"SpecialToken":{"id":"{{{token}}}","type_id":0}}""";

    private static string Sequence(string name) => $$$"""{"Sequence":{"id":"{{{name}}}","type_id":0}}""";
}
