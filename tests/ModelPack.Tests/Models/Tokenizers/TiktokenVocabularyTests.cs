using System.Text;
using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class TiktokenVocabularyTests
{
    [Fact]
    public void A_merge_is_what_is_left_when_the_token_itself_may_not_be_joined()
    {
        // "abc" comes from "ab" and "c", as "ab" has the lower rank; "cab" from "c" and "ab"; "xyz" cannot be reached.
        using TokenizerFolder folder = Folder("a", "b", "c", "ab", "bc", "abc", "cab", "abab", " a", "x", "y", "z", "xyz");
        Vocabulary vocabulary = folder.Read(13);
        Assert.Equal(["a b", "b c", "ab c", "c ab", "ab ab", "Ġ a"], vocabulary.Merges);
        Assert.Equal("kimi-k2", vocabulary.PreTokenizer);
        Assert.Equal(VocabularyModel.Bpe, vocabulary.Model);
        Assert.Equal("Ġa", vocabulary.Tokens[8].Text);
        Assert.All(vocabulary.Tokens, static t => Assert.Equal(TokenKind.Normal, t.Kind));
    }

    [Fact]
    public void The_256_ids_after_the_ranks_are_special_and_the_rest_is_padding()
    {
        using TokenizerFolder folder = Folder("a", "b");
        folder.Add("tokenizer_config.json", Encoding.UTF8.GetBytes(
            """{"added_tokens_decoder":{"3":{"content":"[EOS]"},"900":{"content":"[FAR]"}}}"""));
        Vocabulary vocabulary = folder.Read(260);
        Assert.Equal(new VocabularyToken("<|reserved_token_2|>", 0, TokenKind.Control), vocabulary.Tokens[2]);
        Assert.Equal(new VocabularyToken("[EOS]", 0, TokenKind.Control), vocabulary.Tokens[3]);
        Assert.Equal(new VocabularyToken("<|reserved_token_257|>", 0, TokenKind.Control), vocabulary.Tokens[257]);
        Assert.Equal(new VocabularyToken("[PAD258]", 0, TokenKind.Unused), vocabulary.Tokens[258]);
    }

    [Fact]
    public void Special_ids_come_from_config_json()
    {
        using TokenizerFolder folder = Folder("a", "b");
        folder.Add("config.json", """{"bos_token_id":2,"eos_token_id":3}"""u8.ToArray());
        Assert.Equal(
            [new SpecialToken(SpecialTokenRole.Bos, 2), new SpecialToken(SpecialTokenRole.Eos, 3)], folder.Read(8).SpecialTokens);
    }

    [Fact]
    public void A_tokenizer_model_of_ranks_is_not_taken_for_sentencepiece()
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.model", "IQ== 0\nIg== 1\n"), ("tokenizer.json", BytePairVocabularyTests.Json("""{"a":0}""")));
        Assert.Equal("gpt-2", folder.Read(2).PreTokenizer);
    }

    [Theory]
    [InlineData("IQ= 0", "tiktoken.model: line 1: 'IQ=' is no base64 of 1 to 512 bytes")]
    [InlineData("IQ== 0\n\n!!!! 1", "tiktoken.model: line 3: '!!!!' is no base64 of 1 to 512 bytes")]
    [InlineData(" 0", "tiktoken.model: line 1: '0' is no base64 of 1 to 512 bytes")]
    [InlineData("IQ==", "tiktoken.model: line 1: rank '' is not 0 to 7")]
    [InlineData("IQ== x", "tiktoken.model: line 1: rank 'x' is not 0 to 7")]
    [InlineData("IQ== 1 2", "tiktoken.model: line 1: rank '1 2' is not 0 to 7")]
    [InlineData("IQ== -1", "tiktoken.model: line 1: rank '-1' is not 0 to 7")]
    [InlineData("IQ== 8", "tiktoken.model: line 1: rank '8' is not 0 to 7")]
    [InlineData("IQ== 99999999999999999999", "tiktoken.model: line 1: rank '99999999999999999999' is not 0 to 7")]
    [InlineData("IQ== 0\nIg== 0", "tiktoken.model: line 2: rank 0 stands twice")]
    public void A_broken_line_is_refused_by_number(string text, string message)
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tiktoken.model", text));
        Assert.Equal(message + "; expected a token in base64, a space and its rank",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(8)).Message);
    }

    [Fact]
    public void A_token_that_stands_twice_is_refused()
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tiktoken.model", "IQ== 0\nIQ== 1"));
        Assert.Equal("tiktoken.model: token '!' has ids 0 and 1; each token may stand once",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(8)).Message);
    }

    [Fact]
    public void A_gap_in_the_ranks_is_refused()
    {
        using TokenizerFolder folder = TokenizerFolder.With(("tiktoken.model", "IQ== 0\nIg== 2"));
        Assert.Equal("tiktoken.model: token id 2 stands for '\"' and for 'a special token'",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(8)).Message);
    }

    [Fact]
    public void A_token_of_more_than_512_bytes_is_refused()
    {
        using TokenizerFolder folder = Folder("a", new string('b', 513));
        Assert.Contains("is no base64 of 1 to 512 bytes",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(8)).Message, StringComparison.Ordinal);
        using TokenizerFolder fits = Folder("a", new string('b', 512));
        Assert.Equal(512, fits.Read(8).Tokens[1].Text.Length);
    }

    private static TokenizerFolder Folder(params string[] tokens)
    {
        IEnumerable<string> lines = tokens.Select(static (t, i) => $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(t))} {i}\n");
        return TokenizerFolder.With(("tiktoken.model", string.Concat(lines)));
    }
}
