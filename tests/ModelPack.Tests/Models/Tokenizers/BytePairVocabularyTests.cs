using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class BytePairVocabularyTests
{
    private const string Gpt2 = """{"type":"ByteLevel"}""";

    public static TheoryData<string, string, string, TokenKind> AddedTokens => new()
    {
        { """{"id":2,"content":"<|x|>","special":true,"normalized":false}""", "", "<|x|>", TokenKind.Control },
        { """{"id":2,"content":"<|x|>","special":false,"normalized":false}""", "", "<|x|>", TokenKind.Control },
        { """{"id":2,"content":"<｜x｜>","special":false,"normalized":false}""", "", "<｜x｜>", TokenKind.Control },
        { """{"id":2,"content":"<unused7>","special":false}""", "", "<unused7>", TokenKind.Control },
        { """{"id":2,"content":"<pad>","special":false}""", "", "<pad>", TokenKind.Control },
        { """{"id":2,"content":"<think>","special":false,"normalized":false}""", "", "<think>", TokenKind.UserDefined },
        { """{"id":2,"content":"Ġx","special":false,"normalized":false}""", "", " x", TokenKind.UserDefined },
        { """{"id":2,"content":"Ġx","special":false,"normalized":true}""", "", "Ġx", TokenKind.UserDefined },
        { """{"id":2,"content":"é","special":false,"normalized":false}""", "", "\ufffd", TokenKind.UserDefined },
        { """{"id":2,"content":"é x","special":false,"normalized":false}""", "", "é x", TokenKind.UserDefined },
        { """{"id":2,"content":"▁▁","special":false}""", "", "  ", TokenKind.UserDefined },
        { """{"id":2,"content":"▁▁","special":true}""", "", "▁▁", TokenKind.Control },
        { """{"id":2,"content":"a .","special":false,"normalized":false}""", """{"clean_up_tokenization_spaces":true}""", "a.", TokenKind.UserDefined },
        { """{"id":2,"content":"a .","special":false,"normalized":false}""", """{"clean_up_tokenization_spaces":false}""", "a .", TokenKind.UserDefined },
        { """{"id":2,"content":"T","special":false}""", """{"added_tokens_decoder":{"2":{"content":"T","special":true}}}""", "T", TokenKind.Control },
        { """{"id":2,"content":"T","special":true}""", """{"added_tokens_decoder":{"2":{"content":"T","special":false}}}""", "T", TokenKind.UserDefined },
        { "", """{"added_tokens_decoder":{"2":{"content":"T","special":true}}}""", "T", TokenKind.Control },
        { """{"id":2,"content":"T","special":false}""", """{"eos_token":"T"}""", "T", TokenKind.Control },
        { """{"id":2,"content":"T","special":false}""", """{"additional_special_tokens":["T"]}""", "T", TokenKind.Control },
        { "", """{"eos_token":{"content":"T"}}""", "T", TokenKind.Control },
        { "", "{}", "[PAD2]", TokenKind.Unused },
    };

    public static TheoryData<string, string> Faults => new()
    {
        { Json("""{"a":-1}"""), "tokenizer.json: model.vocab['a']: token id '-1'; expected 0 to 4194303" },
        { Json("""{"a":2147483648}"""), "tokenizer.json: model.vocab['a']: token id '2147483648'; expected 0 to 4194303" },
        { Json("""{"a":1e99}"""), "tokenizer.json: model.vocab['a']: token id '1e99'; expected 0 to 4194303" },
        { Json("""{"a":"0"}"""), """tokenizer.json: model.vocab['a']: '"0"' where a token id was expected""" },
        { Json("""{"a":4}"""), "tokenizer.json: token 'a' has id 4, but the model has 4 tokens (vocab_size in config.json)" },
        { Json("""{"a":0,"b":0}"""), "tokenizer.json: token id 0 stands for 'a' and for 'b'" },
        { Json("""{"a":0,"a":1}"""), "tokenizer.json: token 'a' has ids 0 and 1; each token may stand once" },
        { Json("""{"\ud800":0}"""), "tokenizer.json: model.vocab: not valid Unicode (a lone surrogate or broken UTF-8)" },
        { Json("[]"), "tokenizer.json: model.vocab: '[]' where an object was expected" },
        { Json("""{"a":0}""", """["a"]"""), "tokenizer.json: model.merges[0]: 'a'; expected two parts with one space between" },
        { Json("""{"a":0}""", """["a b","a b c"]"""), "tokenizer.json: model.merges[1]: 'a b c'; expected two parts with one space between" },
        { Json("""{"a":0}""", """["a "]"""), "tokenizer.json: model.merges[0]: 'a '; expected two parts with one space between" },
        { Json("""{"a":0}""", """[["a"]]"""), """tokenizer.json: model.merges[0]: '["a"]' where two parts was expected""" },
        { Json("""{"a":0}""", """[["a",""]]"""), """tokenizer.json: model.merges[0]: '""' where a text that is not empty was expected""" },
        { Json("""{"a":0}""", """[["a",7]]"""), "tokenizer.json: model.merges[0]: '7' where a string was expected" },
        { Json("""{"a":0}""", "[]", """[{"id":9,"content":"b"}]"""), "tokenizer.json: added_tokens[0].id: token id '9'; expected 0 to 3" },
        { Json("""{"a":0}""", "[]", """[{"id":0,"content":"b"}]"""), "tokenizer.json: added_tokens[0]: token id 0 stands for 'a' and for 'b'" },
        { Json("""{"a":0}""", "[]", """[{"id":1,"content":"a"}]"""), "tokenizer.json: added_tokens[0]: token 'a' has ids 0 and 1; each token may stand once" },
        { Json("""{"a":0}""", "[]", """[{"id":1,"content":"b"},{"id":2,"content":"b"}]"""), "tokenizer.json: added_tokens[1]: token 'b' has ids 1 and 2; each token may stand once" },
        { Json("""{"a":0}""", "[]", """[{"content":"b"}]"""), """tokenizer.json: added_tokens[0].id: '{"content":"b"}' where a token id was expected""" },
        { Json("""{"a":0}""", "[]", """[{"id":1}]"""), """tokenizer.json: added_tokens[0].content: '{"id":1}' where a string was expected""" },
        { Json("""{"a":0," b":1}""", "[]", """[{"id":2,"content":"▁b","special":false}]"""), "tokenizer: token ' b' has ids 1 and 2; each token may stand once" },
        { "[]", "tokenizer.json: the file: '[]' where an object was expected" },
        { "{}", "tokenizer.json: model.type: tokenizers of type (none) are not supported; BPE is" },
        { """{"model":7}""", "tokenizer.json: model: '7' where an object was expected" },
        { """{"model":{"type":"Unigram","vocab":[]}}""", "tokenizer.json: model.type: tokenizers of type Unigram are not supported; BPE is" },
        { """{"model":{"type":"WordPiece","vocab":{}}}""", "tokenizer.json: model.type: tokenizers of type WordPiece are not supported; BPE is" },
        { "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "tokenizer.json: a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'" },
    };

    [Theory]
    [MemberData(nameof(AddedTokens))]
    public void An_added_token_has_the_text_and_kind_of_the_converter(string added, string settings, string text, TokenKind kind)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", Json("""{"a":0,"b":1}""", "[]", $"[{added}]")));
        folder.Add("tokenizer_config.json", System.Text.Encoding.UTF8.GetBytes(settings.Length == 0 ? "{}" : settings));
        Assert.Equal(new VocabularyToken(text, 0, kind), folder.Read(4).Tokens[2]);
    }

    [Fact]
    public void Ids_that_no_file_names_are_padding()
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", Json("""{"b":3,"a":1}""")));
        Assert.Equal(["[PAD0] Unused", "a Normal", "[PAD2] Unused", "b Normal", "[PAD4] Unused"],
            folder.Read(5).Tokens.Select(static t => $"{t.Text} {t.Kind}"));
    }

    [Fact]
    public void A_special_token_without_a_free_id_is_left_out()
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", Json("""{"a":0,"b":1}""")), ("tokenizer_config.json", """{"pad_token":"<p>"}"""));
        Assert.Equal(["a", "b"], folder.Read(2).Tokens.Select(static t => t.Text));
    }

    [Theory]
    [InlineData("""["a b","Ġ c"]""", "a b", "Ġ c")]
    [InlineData("""[["a","b"],["x y"," "]]""", "a b", "xĠy Ġ")]
    [InlineData("[]")]
    public void Merges_are_lines_or_pairs(string merges, params string[] expected)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", Json("""{"a":0}""", merges)));
        Assert.Equal(expected, folder.Read(4).Merges);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_file_is_refused_with_file_and_place(string json, string message)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", json));
        Assert.Equal(message, Assert.ThrowsAny<ModelPackException>(() => folder.Read(4)).Message);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0}")]
    [InlineData("")]
    [InlineData("\ufeff{}")]
    public void A_cut_file_is_no_JSON(string json)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", json));
        Assert.StartsWith("tokenizer.json: no valid JSON: ",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_no_stack_overflow()
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", new string('[', 1_000_000)));
        Assert.Throws<InvalidCheckpointException>(() => folder.Read(4));
    }

    [Fact]
    public void Broken_UTF8_is_refused()
    {
        using TokenizerFolder folder = TokenizerFolder.With();
        folder.Add("tokenizer.json", [.. "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a"u8, 0xC3, .. "\":0}}}"u8]);
        Assert.Throws<InvalidCheckpointException>(() => folder.Read(4));
    }

    [Fact]
    public void A_folder_without_tokenizer_says_what_was_looked_for()
    {
        using TokenizerFolder folder = TokenizerFolder.With(("config.json", "{}"));
        Assert.Equal($"{folder.Path}: no tokenizer; looked for tokenizer.json, tokenizer.model (sentencepiece) and tiktoken.model",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(4)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_vocabulary_size_out_of_bounds_is_refused_before_anything_is_allocated(int size)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tokenizer.json", Json("""{"a":0}""")));
        Assert.Throws<InvalidCheckpointException>(() => folder.Read(size));
    }

    [Theory]
    [InlineData("qwen3", "qwen2")]
    [InlineData("llama31", "llama-bpe")]
    public void A_fine_tunes_extended_vocabulary_keeps_its_pre_tokenizer(string fixture, string name)
    {
        string source = File.ReadAllText(Path.Combine(SharedFolder.Require($"fixtures/{fixture}"), "tokenizer.json"));
        int place = source.IndexOf("\"added_tokens\"", StringComparison.Ordinal);
        place = source.IndexOf('[', place) + 1;
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", source.Insert(place, """{"id":2050,"content":"<tool>","special":false,"normalized":false},""")));
        Vocabulary vocabulary = folder.Read(2064);
        Assert.Equal(name, vocabulary.PreTokenizer);
        Assert.Equal(new VocabularyToken("<tool>", 0, TokenKind.UserDefined), vocabulary.Tokens[2050]);
        Assert.Equal(new VocabularyToken("[PAD2049]", 0, TokenKind.Unused), vocabulary.Tokens[2049]);
    }

    [Fact]
    public void GPT_2s_vocabulary_gives_the_ids_of_llama_cpps_own_tests()
    {
        Dictionary<string, object> gguf = VocabularyGguf.Read(SharedFolder.Require("data/tokenizers/ggml-vocab-gpt-2.gguf"));
        object[] tokens = (object[])gguf["tokenizer.ggml.tokens"];
        Dictionary<string, int> ids = Enumerable.Range(0, tokens.Length).ToDictionary(i => (string)tokens[i], static i => i);
        string vocabulary = System.Text.Json.JsonSerializer.Serialize(ids);
        string merges = System.Text.Json.JsonSerializer.Serialize(((object[])gguf["tokenizer.ggml.merges"]).Cast<string>());
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", Json(vocabulary, merges, """[{"id":50256,"content":"<|endoftext|>","special":true,"normalized":false}]""")));
        (string[] texts, int[][] expected) = VocabularyPeerTests.LlamaCppCases("gpt-2");
        Vocabulary read = folder.Read(tokens.Length);
        Assert.Equal("gpt-2", read.PreTokenizer);
        VocabularyPeerTests.AssertSame(read, texts, expected);
    }

    internal static string Json(string vocabulary, string merges = "[]", string added = "[]", string extra = "") =>
        $$"""{"added_tokens":{{added}},"pre_tokenizer":{{Gpt2}},"decoder":{"type":"ByteLevel"},{{extra}}"model":{"type":"BPE","merges":{{merges}},"vocab":{{vocabulary}} } }""";
}
