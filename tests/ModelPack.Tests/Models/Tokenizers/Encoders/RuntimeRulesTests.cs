using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Tokenizers;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Encoders;

/// <summary>Every name of tokenizer.ggml.pre that we take splits text as llama.cpp does; the others are refused.</summary>
public sealed class RuntimeRulesTests
{
    private static readonly Lazy<Vocabulary> Qwen3 =
        new(static () => VocabularyReader.Read(SharedFolder.Require("fixtures/qwen3"), 2048, new VocabularyOptions()));

    private static readonly string[] Texts = [.. RandomTexts.Make(3, 250)];

    public static TheoryData<string> Names => [.. RuntimeRules.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pre_tokenizer_gives_llama_cpps_ids(string name)
    {
        SharedFolder.Require("fixtures/qwen3");
        Vocabulary vocabulary = Qwen3.Value with
        {
            PreTokenizer = name,
            SpecialTokens = [new SpecialToken(SpecialTokenRole.Bos, 2044), new SpecialToken(SpecialTokenRole.Eos, 2045)],
            AutomaticTokens = [],
        };
        using GgufVocabularyFile file = new(vocabulary);
        TextEncoder encoder = TextEncoder.Open(file.Gguf);
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            int[] expected = file.Model.Tokenize(text, addSpecial: true);
            int[] actual = encoder.Encode(text, addSpecial: true, parseSpecial: false);
            if (!expected.SequenceEqual(actual))
            {
                wrong.Add($"{JsonSerializer.Serialize(text)}: [{string.Join(' ', actual)}] for [{string.Join(' ', expected)}]");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(3))}");
    }

    [Fact]
    public void Names_are_sorted_known_to_the_reader_and_each_there_once() =>
        Assert.Equal(RuntimeRules.Names.Distinct().Order(StringComparer.Ordinal).Where(PreTokenizers.Names.Contains), RuntimeRules.Names);

    [Fact]
    public void An_unknown_name_is_refused_with_those_that_are_known()
    {
        Vocabulary vocabulary = new(VocabularyModel.Bpe, "gemma4", [new("a", 0, TokenKind.Normal)], []);
        string message = Assert.Throws<UnsupportedModelException>(() => TextEncoder.Of(vocabulary)).Message;
        Assert.Contains("'gemma4'", message, StringComparison.Ordinal);
        Assert.Contains("qwen2", message, StringComparison.Ordinal);
    }
}
