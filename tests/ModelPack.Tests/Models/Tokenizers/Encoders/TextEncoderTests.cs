using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Normalization;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Encoders;

public sealed class TextEncoderTests
{
    [Theory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    public void A_GGUF_vocabulary_of_llama_cpp_gives_the_ids_of_its_own_tests(string reference)
    {
        (string[] texts, int[][] ids) = VocabularyPeerTests.LlamaCppCases(reference);
        using GgufFile gguf = GgufFile.Open(SharedFolder.Require($"data/tokenizers/ggml-vocab-{reference}.gguf"));
        TextEncoder encoder = TextEncoder.Open(gguf);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(ids[i], encoder.Encode(texts[i], addSpecial: false, parseSpecial: true));
        }
    }

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    public void A_GGUF_vocabulary_gives_llama_cpps_ids_on_random_texts_and_on_a_book(string reference)
    {
        string path = SharedFolder.Require($"data/tokenizers/ggml-vocab-{reference}.gguf");
        using GgufFile gguf = GgufFile.Open(path);
        TextEncoder encoder = TextEncoder.Open(gguf);
        using LlamaModel model = LlamaCpp.Load(path, vocabularyOnly: true);
        string book = File.ReadAllText(SharedFolder.Require("data/text/tinyshakespeare.txt"))[..200_000];
        foreach (string text in RandomTexts.Make(13, 1500).Append(book).Append("<s>a</s> b<unk>c"))
        {
            foreach (bool special in (ReadOnlySpan<bool>)[false, true])
            {
                Assert.Equal(model.Tokenize(text, special, special), encoder.Encode(text, special, special));
            }
        }

        Assert.Equal(model.Bos, encoder.BeginOfSequence);
        Assert.Equal(model.Eos, encoder.EndOfSequence);
    }

    [Fact]
    public void Special_tokens_are_added_and_read_as_asked()
    {
        TextEncoder encoder = TextEncoder.Open(SharedFolder.Require("fixtures/llama31"));
        int bos = encoder.BeginOfSequence!.Value;
        Assert.True(encoder.AddsBeginOfSequence);
        Assert.Equal([bos, .. encoder.Encode("a", false, false)], encoder.Encode("a", addSpecial: true, parseSpecial: false));
        Assert.Equal([bos], encoder.Encode("", addSpecial: true, parseSpecial: false));
        string spelled = encoder.Decode([bos]);
        Assert.Equal([bos], encoder.Encode(spelled, addSpecial: false, parseSpecial: true));
        Assert.DoesNotContain(bos, encoder.Encode(spelled, addSpecial: false, parseSpecial: false));
        Assert.False(TextEncoder.Open(SharedFolder.Require("fixtures/qwen3")).AddsBeginOfSequence);
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("kimik2")]
    [InlineData("deepseekv3")]
    public void Ids_decode_to_the_text(string fixture)
    {
        TextEncoder encoder = TextEncoder.Open(SharedFolder.Require($"fixtures/{fixture}"));
        foreach (string text in RandomTexts.Make(17, 500).Select(CanonicalForm.Compose))
        {
            Assert.Equal(text, encoder.Decode(encoder.Encode(text, addSpecial: false, parseSpecial: true)));
            Assert.Equal(text, encoder.Decode(encoder.Encode(text, addSpecial: false, parseSpecial: false)));
        }

        Assert.Throws<ModelPackException>(() => encoder.Decode([-1]));
        Assert.Throws<ModelPackException>(() => encoder.Decode([encoder.Size]));
    }

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character()
    {
        TextEncoder encoder = TextEncoder.Open(SharedFolder.Require("fixtures/qwen3"));
        foreach (string text in (ReadOnlySpan<string>)["\ud83d", "a\ud83d", "\ude00\ud83d", "\ude00 \ud83d\ude00"])
        {
            string mended = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));
            Assert.Equal(encoder.Encode(mended, false, false), encoder.Encode(text, false, false));
        }
    }

    /// <summary>A word of a million letters would take hours if every merge looked at every pair.</summary>
    [Theory]
    [InlineData("qwen3", "a")]
    [InlineData("qwen3", " ")]
    [InlineData("qwen3", " \n")]
    [InlineData("deepseekv3", "中")]
    [InlineData("llama31", "!")]
    [InlineData("minimaxm2", "A")]
    [InlineData("minimaxm2", "\u0301A")]
    [InlineData("kimik2", "aA")]
    [InlineData("deepseekv3", "<｜")]
    public void A_million_times_the_same_is_encoded_in_time_near_its_length(string fixture, string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length));
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        TextEncoder encoder = TextEncoder.Open(folder);
        Assert.Equal(text, encoder.Decode(encoder.Encode(text, addSpecial: false, parseSpecial: true)));
    }

    [Fact]
    public void A_sentencepiece_vocabulary_takes_a_million_letters_too()
    {
        using GgufFile gguf = GgufFile.Open(SharedFolder.Require("data/tokenizers/ggml-vocab-llama-spm.gguf"));
        TextEncoder encoder = TextEncoder.Open(gguf);
        string text = new('a', 1_000_000);
        Assert.Equal(" " + text, encoder.Decode(encoder.Encode(text, addSpecial: false, parseSpecial: false)));
    }

    [Fact]
    public void Many_threads_give_the_ids_of_one()
    {
        TextEncoder encoder = TextEncoder.Open(SharedFolder.Require("fixtures/qwen3"));
        string[] texts = [.. RandomTexts.Make(19, 300)];
        int[][] expected = [.. texts.Select(t => encoder.Encode(t, true, true))];
        Parallel.For(0, 1200, i => Assert.Equal(expected[i % 300], encoder.Encode(texts[i % 300], true, true)));
    }

    [Fact]
    public void A_folder_without_tokenizer_is_refused()
    {
        using TempFolder folder = new();
        Assert.Contains("no tokenizer", Assert.Throws<InvalidCheckpointException>(() => TextEncoder.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "bert", "a tokenizer of type 'bert' is not supported")]
    [InlineData("tokenizer.ggml.pre", "unheard-of", "'unheard-of'")]
    [InlineData("tokenizer.ggml.model", null, "tokenizer.ggml.model: no value")]
    [InlineData("tokenizer.ggml.tokens", null, "tokenizer.ggml.tokens: no value")]
    [InlineData("tokenizer.ggml.merges", null, "tokenizer.ggml.merges: no value")]
    [InlineData("tokenizer.ggml.tokens", "text", "tokenizer.ggml.tokens: a value of type String where an array of strings was expected")]
    [InlineData("tokenizer.ggml.add_bos_token", "yes", "tokenizer.ggml.add_bos_token: a value that is not true or false")]
    [InlineData("tokenizer.ggml.bos_token_id", "one", "tokenizer.ggml.bos_token_id: a value of type String where an integer was expected")]
    public void Broken_GGUF_metadata_is_refused_by_its_key(string key, string? value, string message)
    {
        GgufMetadata metadata = [];
        Vocabulary vocabulary = new(VocabularyModel.Bpe, "gpt-2", [new("a", 0, TokenKind.Normal), new("b", 0, TokenKind.Normal)], ["a b"]);
        VocabularyMetadata.Append(metadata, vocabulary);
        if (value is null)
        {
            metadata.Remove(key);
        }
        else
        {
            metadata[key] = GgufValue.Of(value);
        }

        Assert.Contains(message, Assert.ThrowsAny<ModelPackException>(() => Open(metadata)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_for_another_number_of_tokens_are_refused()
    {
        GgufMetadata metadata = [];
        VocabularyMetadata.Append(metadata, new(VocabularyModel.Bpe, "gpt-2", [new("a", 0, TokenKind.Normal)], ["a b"]));
        metadata["tokenizer.ggml.token_type"] = GgufValue.OfArray<int>([1, 1]);
        Assert.Contains("2 values for 1 tokens", Assert.Throws<InvalidCheckpointException>(() => Open(metadata)).Message, StringComparison.Ordinal);
    }

    private static TextEncoder Open(GgufMetadata metadata)
    {
        using TempFolder folder = new();
        string path = folder.File("a.gguf");
        File.WriteAllBytes(path, VocabularyGguf.Write(metadata));
        using GgufFile gguf = GgufFile.Open(path);
        return TextEncoder.Open(gguf);
    }
}
