using ModelPack.Models.Gguf;
using ModelPack.Models.Tokenizers;

namespace ModelPack.Tests.Models.Tokenizers;

public sealed class VocabularyMetadataTests
{
    [Fact]
    public void Keys_stand_in_the_converters_order()
    {
        Vocabulary vocabulary = Make(VocabularyModel.Bpe, 2) with
        {
            Merges = ["a b"],
            SpecialTokens = [.. Enum.GetValues<SpecialTokenRole>().Select(static r => new SpecialToken(r, (int)r))],
            AutomaticTokens = [new(SpecialTokenRole.Bos, true), new(SpecialTokenRole.Eos, false), new(SpecialTokenRole.Sep, true)],
            ChatTemplates = [new("default", "T")],
            Lowercase = true,
            AddSpacePrefix = false,
        };
        GgufMetadata metadata = [];
        VocabularyMetadata.Append(metadata, vocabulary);
        Assert.Equal(
            [
                "tokenizer.ggml.model String",
                "tokenizer.ggml.pre String",
                "tokenizer.ggml.tokens Array String",
                "tokenizer.ggml.token_type Array Int32",
                "tokenizer.ggml.merges Array String",
                "tokenizer.ggml.bos_token_id UInt32",
                "tokenizer.ggml.eos_token_id UInt32",
                "tokenizer.ggml.unknown_token_id UInt32",
                "tokenizer.ggml.seperator_token_id UInt32",
                "tokenizer.ggml.padding_token_id UInt32",
                "tokenizer.ggml.cls_token_id UInt32",
                "tokenizer.ggml.mask_token_id UInt32",
                "tokenizer.ggml.eot_token_id UInt32",
                "tokenizer.ggml.eom_token_id UInt32",
                "tokenizer.ggml.add_bos_token Bool",
                "tokenizer.ggml.add_eos_token Bool",
                "tokenizer.ggml.add_sep_token Bool",
                "tokenizer.chat_template String",
                "tokenizer.ggml.normalizer.lowercase Bool",
            ],
            Describe(metadata));
    }

    [Fact]
    public void Sentencepiece_has_scores_and_no_merges()
    {
        GgufMetadata metadata = [];
        VocabularyMetadata.Append(metadata, Make(VocabularyModel.SentencePiece, 2));
        Assert.Equal(
            [
                "tokenizer.ggml.model String",
                "tokenizer.ggml.pre String",
                "tokenizer.ggml.tokens Array String",
                "tokenizer.ggml.scores Array Float32",
                "tokenizer.ggml.token_type Array Int32",
            ],
            Describe(metadata));
        Assert.Equal("llama", metadata["tokenizer.ggml.model"].AsString());
        Assert.Equal([0f, -1f], (float[])metadata["tokenizer.ggml.scores"].Value);
    }

    [Fact]
    public void The_Llama_family_gets_the_space_prefix_first()
    {
        GgufMetadata metadata = [];
        VocabularyMetadata.AppendLlama(metadata, Make(VocabularyModel.SentencePiece, 2) with { AddSpacePrefix = false });
        Assert.Equal("tokenizer.ggml.add_space_prefix Bool", Describe(metadata)[0]);
        Assert.Equal("tokenizer.ggml.model String", Describe(metadata)[1]);
    }

    [Theory]
    [InlineData(32015, null, null)]
    [InlineData(32016, 32010u, null)]
    [InlineData(49152, null, false)]
    public void CodeLlama_and_Granite_are_told_by_their_size(int size, uint? eot, bool? addBos)
    {
        GgufMetadata metadata = [];
        VocabularyMetadata.AppendLlama(metadata, Make(VocabularyModel.SentencePiece, size));
        Assert.Equal(eot, metadata.TryGet("tokenizer.ggml.eot_token_id", out GgufValue? id) ? (uint)id.Value : null);
        Assert.Equal(addBos, metadata.TryGet("tokenizer.ggml.add_bos_token", out GgufValue? flag) ? (bool)flag.Value : null);
    }

    private static Vocabulary Make(VocabularyModel model, int size) =>
        new(model, "default", [.. Enumerable.Range(0, size).Select(static i => new VocabularyToken($"{i}", -i, TokenKind.Normal))], []);

    private static string[] Describe(GgufMetadata metadata) =>
        [.. metadata.Select(static e => $"{e.Key} {e.Value.Type}{(e.Value.ElementType is { } type ? $" {type}" : "")}")];
}
