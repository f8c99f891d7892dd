using System.Text;
using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class SentencePieceVocabularyTests
{
    private static readonly byte[] BpeTrainer = Field(2, [0x18, 2]);

    [Fact]
    public void Llama_2s_vocabulary_is_read_whole_and_gives_the_ids_of_llama_cpps_own_tests()
    {
        Dictionary<string, object> gguf = VocabularyGguf.Read(SharedFolder.Require("data/tokenizers/ggml-vocab-llama-spm.gguf"));
        object[] texts = (object[])gguf["tokenizer.ggml.tokens"];
        object[] scores = (object[])gguf["tokenizer.ggml.scores"];
        object[] kinds = (object[])gguf["tokenizer.ggml.token_type"];
        VocabularyToken[] expected = [.. Enumerable.Range(0, texts.Length)
            .Select(i => new VocabularyToken((string)texts[i], (float)scores[i], (TokenKind)(int)kinds[i]))];
        Assert.Equal(32000, expected.Length);
        using TokenizerFolder folder = TokenizerFolder.With().Add("tokenizer.model", Model(expected));
        Vocabulary vocabulary = folder.Read(32000);
        Assert.Equal(VocabularyModel.SentencePiece, vocabulary.Model);
        Assert.Equal("default", vocabulary.PreTokenizer);
        Assert.Equal(expected, vocabulary.Tokens);
        // Phi-3 has Llama 2's vocabulary with a few tokens more.
        (string[] cases, int[][] ids) = VocabularyPeerTests.LlamaCppCases("phi-3");
        VocabularyPeerTests.AssertSame(vocabulary, cases, ids);
    }

    [Fact]
    public void Added_tokens_go_over_the_pieces_and_the_rest_is_padding()
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("added_tokens.json", """{"<x>":4,"y":5,"far":900}"""),
            ("tokenizer_config.json", """
                {"add_prefix_space":true,"added_tokens_decoder":{"0":{"content":"<unk>","special":true},"5":{"content":"▁▁y","special":false},
                "6":{"content":"<|z|>"},"901":{"content":"far"}}}
                """));
        folder.Add("tokenizer.model", Model(
            new("<unk>", 0, TokenKind.Unknown), new("<0x0A>", 0, TokenKind.Byte), new("▁a", -1.5f, TokenKind.Normal),
            new("u", -2, TokenKind.UserDefined)));
        Vocabulary vocabulary = folder.Read(9);
        Assert.Equal(
            [
                new("<unk>", -1000, TokenKind.Control),
                new("<0x0A>", 0, TokenKind.Byte),
                new("▁a", -1.5f, TokenKind.Normal),
                new("u", -2, TokenKind.Normal),
                new("<x>", -1000, TokenKind.UserDefined),
                new("  y", -1000, TokenKind.UserDefined),
                new("<|z|>", -1000, TokenKind.Control),
                new("[PAD7]", -10000, TokenKind.Unused),
                new("[PAD8]", -10000, TokenKind.Unused),
            ],
            vocabulary.Tokens);
        Assert.True(vocabulary.AddSpacePrefix);
    }

    [Fact]
    public void Pieces_beyond_the_models_vocabulary_are_left_out()
    {
        using TokenizerFolder folder = TokenizerFolder.With().Add("tokenizer.model", Model(
            new("a", 0, TokenKind.Normal), new("b", 0, TokenKind.Normal), new("c", 0, TokenKind.Normal)));
        folder.Add("config.json", """{"bos_token_id":1,"eos_token_id":2}"""u8.ToArray());
        Vocabulary vocabulary = folder.Read(2);
        Assert.Equal(["a", "b"], vocabulary.Tokens.Select(static t => t.Text));
        Assert.Equal([new SpecialToken(SpecialTokenRole.Bos, 1)], vocabulary.SpecialTokens);
    }

    [Fact]
    public void A_tokenizer_json_with_byte_fallback_is_a_sentencepiece_vocabulary_without_scores()
    {
        using TokenizerFolder folder = TokenizerFolder.With(
            ("tokenizer.json", """
                {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":4,"content":"<tool>","special":false}],
                "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"}]},"pre_tokenizer":null,
                "decoder":{"type":"Sequence","decoders":[]},
                "model":{"type":"BPE","byte_fallback":true,"vocab":{"<unk>":0,"<s>":1,"<0x0A>":2,"▁a":3},"merges":["▁ a"]}}
                """),
            ("tokenizer_config.json", """{"bos_token":"<s>","unk_token":"<unk>"}"""));
        Vocabulary vocabulary = folder.Read(6);
        Assert.Equal(VocabularyModel.SentencePiece, vocabulary.Model);
        Assert.Equal("default", vocabulary.PreTokenizer);
        Assert.Empty(vocabulary.Merges);
        Assert.Equal(
            [
                new("<unk>", -1000, TokenKind.Control),
                new("<s>", -1000, TokenKind.Control),
                new("<0x0A>", -1000, TokenKind.Byte),
                new("▁a", -1000, TokenKind.Normal),
                new("<tool>", -1000, TokenKind.UserDefined),
                new("[PAD5]", -10000, TokenKind.Unused),
            ],
            vocabulary.Tokens);
    }

    [Fact]
    public void Every_cut_of_a_model_is_refused_or_read_never_a_crash()
    {
        byte[] model = Model(new("<unk>", 0, TokenKind.Unknown), new("▁a", -1, TokenKind.Normal));
        for (int length = 0; length < model.Length; length++)
        {
            using TokenizerFolder folder = TokenizerFolder.With().Add("tokenizer.model", model[..length]);
            Assert.ThrowsAny<ModelPackException>(() => folder.Read(4));
        }
    }

    [Theory]
    [InlineData(new byte[] { }, "tokenizer.model: byte 0: no pieces")]
    [InlineData(new byte[] { 0x0A, 0x05, 0x0A }, "tokenizer.model: byte 2: 5 bytes wanted, 1 left")]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, "tokenizer.model: byte 10: 9223372036854775807 bytes wanted, 0 left")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, "tokenizer.model: byte 10: a number of more than 64 bits")]
    [InlineData(new byte[] { 0x00, 0x00 }, "tokenizer.model: byte 1: field number 0")]
    [InlineData(new byte[] { 0x0B }, "tokenizer.model: byte 1: wire type 3")]
    [InlineData(new byte[] { 0x08, 0x01 }, "tokenizer.model: byte 2: field 1 is no message")]
    [InlineData(new byte[] { 0x0A, 0x03, 0x0A, 0x01, 0xC3 }, "tokenizer.model: byte 5: a piece that is not valid UTF-8")]
    [InlineData(new byte[] { 0x0A, 0x02, 0x18, 0x09 }, "tokenizer.model: byte 4: piece type 9")]
    [InlineData(new byte[] { 0x0A, 0x02, 0x10, 0x01 }, "tokenizer.model: byte 4: no 32-bit number")]
    public void A_broken_model_is_refused_by_byte(byte[] bytes, string message)
    {
        using TokenizerFolder folder = TokenizerFolder.With().Add("tokenizer.model", bytes);
        Assert.Equal(message + "; expected a sentencepiece model",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(4)).Message);
    }

    [Fact]
    public void A_unigram_model_is_refused_by_name()
    {
        byte[] unigram = Model(new VocabularyToken("a", 0, TokenKind.Normal))[..^BpeTrainer.Length];
        using TokenizerFolder folder = TokenizerFolder.With().Add("tokenizer.model", unigram);
        Assert.Equal("tokenizer.model: trainer_spec.model_type: sentencepiece models of type Unigram are not supported; BPE is",
            Assert.Throws<UnsupportedModelException>(() => folder.Read(4)).Message);
    }

    [Fact]
    public void A_negative_added_id_is_refused()
    {
        using TokenizerFolder folder = TokenizerFolder.With(("added_tokens.json", """{"x":-1}"""));
        folder.Add("tokenizer.model", Model(new VocabularyToken("a", 0, TokenKind.Normal)));
        Assert.StartsWith("added_tokens.json: 'x': token id '-1'",
            Assert.Throws<InvalidCheckpointException>(() => folder.Read(4)).Message, StringComparison.Ordinal);
    }

    /// <summary>A sentencepiece file with these pieces, trained as BPE.</summary>
    private static byte[] Model(params VocabularyToken[] pieces)
    {
        using MemoryStream model = new();
        foreach (VocabularyToken piece in pieces)
        {
            model.Write(Field(1,
            [
                .. Field(1, Encoding.UTF8.GetBytes(piece.Text)), 0x15, .. BitConverter.GetBytes(piece.Score), 0x18, (byte)piece.Kind,
            ]));
        }

        model.Write(BpeTrainer);
        return model.ToArray();
    }

    private static byte[] Field(int number, byte[] bytes) =>
        bytes.Length < 0x80
            ? [(byte)((number << 3) | 2), (byte)bytes.Length, .. bytes]
            : [(byte)((number << 3) | 2), (byte)(bytes.Length | 0x80), (byte)(bytes.Length >> 7), .. bytes];
}
