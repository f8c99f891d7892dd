using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Models;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Encoders;

/// <summary>Parts of tokenizer.json one by one, each put into a small tokenizer.</summary>
public sealed class HubEncoderTests
{
    private const string ByteLevel = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}""";

    /// <summary>Parts that Hugging Face's tokenizers in JavaScript have too.</summary>
    [Theory]
    [InlineData("normalizer", """{"type": "NFD"}""")]
    [InlineData("normalizer", """{"type": "Lowercase"}""")]
    [InlineData("normalizer", """{"type": "Prepend", "prepend": "x"}""")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"String": "e"}, "content": "oo"}""")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}""")]
    [InlineData("normalizer", """{"type": "Strip", "strip_left": true, "strip_right": true}""")]
    [InlineData("normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}, {"type": "Replace", "pattern": {"String": "th"}, "content": ""}]}""")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": true, "use_regex": false}""")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, BYTES]}""")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": false}, BYTES]}""")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, BYTES]}""")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated", "invert": false}, BYTES]}""")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "Removed", "invert": false}, BYTES]}""")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{L}+|\\p{N}"}, "behavior": "Removed", "invert": true}, BYTES]}""")]
    public void A_part_gives_the_ids_of_Hugging_Faces_tokenizers(string member, string part)
    {
        using TempFolder folder = new();
        Write(folder.Path, json => json[member] = JsonNode.Parse(part.Replace("BYTES", ByteLevel, StringComparison.Ordinal)));
        // Texts for which the peer's own rules are those of the original: no U+FEFF, which is white space in JavaScript only.
        string[] texts = [.. RandomTexts.Make(23, 400).Where(static t => !t.Contains('\ufeff') && !t.Contains('\u0085') && !t.Contains('\u0130'))];
        int[][] expected = HuggingFaceTokenizer.Encode(folder.Path, texts).Ids;
        TextEncoder encoder = TextEncoder.Open(folder.Path);
        List<string> wrong = [];
        for (int i = 0; i < texts.Length; i++)
        {
            int[] actual = encoder.Encode(texts[i], addSpecial: false, parseSpecial: true);
            if (!actual.SequenceEqual(expected[i]))
            {
                wrong.Add($"{JsonSerializer.Serialize(texts[i])}: [{string.Join(' ', actual)}] for [{string.Join(' ', expected[i])}]");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {texts.Length} differ:\n{string.Join('\n', wrong.Take(3))}");
    }

    [Theory]
    [InlineData("Isolated", false, "a|-|-|b|-")]
    [InlineData("Removed", false, "a|b")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("MergedWithPrevious", false, "a-|-|b-")]
    [InlineData("MergedWithNext", false, "a|-|-b|-")]
    [InlineData("Contiguous", false, "a|--|b|-")]
    public void A_split_does_with_matches_what_its_behavior_says(string behavior, bool invert, string pieces)
    {
        // Only what stands in one piece is joined: "a-", "--" and "-b" are tokens.
        using TempFolder folder = new();
        Write(folder.Path, json => json["pre_tokenizer"] = JsonNode.Parse(
            $$"""{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"String": "-"}, "behavior": "{{behavior}}", "invert": {{(invert ? "true" : "false")}}}, {{ByteLevel}}]}"""));
        TextEncoder encoder = TextEncoder.Open(folder.Path);
        Assert.Equal(pieces, string.Join('|', encoder.Encode("a--b-", false, false).Select(id => encoder.Decode([id]))));
    }

    [Fact]
    public void Added_tokens_take_spaces_and_stand_alone_as_their_flags_say()
    {
        using TempFolder folder = new();
        Write(folder.Path, json =>
        {
            JsonArray added = json["added_tokens"]!.AsArray();
            added[0]!["lstrip"] = true;
            added[1]!["rstrip"] = true;
            added[2]!["single_word"] = true;
        });
        TextEncoder encoder = TextEncoder.Open(folder.Path);
        Assert.Equal("a|<|endoftext|>| |b", Pieces("a  <|endoftext|> b"));
        Assert.Equal("a| |<|im_start|>|b", Pieces("a <|im_start|>  b"));
        Assert.Equal("a| |<|im_end|>| |b", Pieces("a <|im_end|> b"));
        Assert.DoesNotContain("<|im_end|>", Pieces("a<|im_end|>b").Split('|'));

        string Pieces(string text) => string.Join('|', encoder.Encode(text, false, true).Select(id => encoder.Decode([id])));
    }

    [Fact]
    public void The_post_processor_puts_its_tokens_around_a_text()
    {
        using TempFolder folder = new();
        Write(folder.Path, json => json["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|im_start|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
             {"SpecialToken": {"id": "<|im_end|>", "type_id": 0}}], "pair": [],
             "special_tokens": {"<|im_start|>": {"id": "<|im_start|>", "ids": [4916], "tokens": ["<|im_start|>"]}, "<|im_end|>": {"id": "<|im_end|>", "ids": [4917], "tokens": ["<|im_end|>"]}}}
            """));
        TextEncoder encoder = TextEncoder.Open(folder.Path);
        Assert.Equal("<|im_start|>a<|im_end|>", encoder.Decode(encoder.Encode("a", addSpecial: true, parseSpecial: false)));
        Assert.Equal("a", encoder.Decode(encoder.Encode("a", addSpecial: false, parseSpecial: false)));
    }

    [Fact]
    public void A_vocabulary_of_characters_falls_back_to_bytes_and_to_the_unknown_token()
    {
        using TempFolder folder = new();
        Write(folder.Path, json =>
        {
            json["normalizer"] = JsonNode.Parse("""{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}""");
            json["pre_tokenizer"] = null;
            json["model"] = JsonNode.Parse("""
                {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
                 "vocab": {"<unk>": 0, "<0xC3>": 1, "<0xA9>": 2, "▁": 3, "a": 4, "b": 5, "▁a": 6, "ab": 7}, "merges": ["▁ a", "a b"]}
                """);
            json["added_tokens"] = new JsonArray();
            json["post_processor"] = null;
        });
        TextEncoder encoder = TextEncoder.Open(folder.Path);
        Assert.Equal([6, 5, 7], encoder.Encode("abab", false, false));
        Assert.Equal([3, 1, 2, 4], encoder.Encode("éa", false, false));
        Assert.Equal([6, 0, 5], encoder.Encode("a中文b", false, false));
        Assert.Equal(" éa", encoder.Decode([3, 1, 2, 4]));
    }

    [Theory]
    [InlineData("normalizer", """{"type": "Precompiled"}""", "a normalizer of type 'Precompiled'")]
    [InlineData("normalizer", """{"type": "NFKC"}""", "a normalizer of type 'NFKC'")]
    [InlineData("pre_tokenizer", """{"type": "UnicodeScripts"}""", "a pre-tokenizer of type 'UnicodeScripts'")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\h"}, "behavior": "Isolated"}""", "the escape '\\h'")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Somehow"}""", "'Somehow'")]
    [InlineData("pre_tokenizer", """{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}""", "prepended 'first'")]
    [InlineData("post_processor", """{"type": "Unheard"}""", "a post-processor of type 'Unheard'")]
    [InlineData("model.dropout", "0.1", "model.dropout: 0.1")]
    [InlineData("model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix: \"##\"")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix: \"</w>\"")]
    [InlineData("model.unk_token", "\"<nothing>\"", "'<nothing>' is no token")]
    [InlineData("model.type", "\"Unigram\"", "type Unigram are not supported")]
    [InlineData("model.merges", "[[\"a\", \"nowhere\"]]", "model.merges[0]: 'nowhere' is no token")]
    public void What_is_not_known_is_refused_by_name(string member, string part, string message)
    {
        using TempFolder folder = new();
        Write(folder.Path, json =>
        {
            if (member.StartsWith("model.", StringComparison.Ordinal))
            {
                json["model"]![member[6..]] = JsonNode.Parse(part);
            }
            else
            {
                json[member] = JsonNode.Parse(part);
            }
        });
        Assert.Contains(message, Assert.ThrowsAny<ModelPackException>(() => TextEncoder.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void Write(string folder, Action<JsonNode> change)
    {
        RandomTokenizer.Write(folder, 500 + (94 * 94 / 2));
        string path = Path.Combine(folder, "tokenizer.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
