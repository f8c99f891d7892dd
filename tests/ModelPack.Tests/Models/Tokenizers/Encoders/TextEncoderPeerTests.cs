using System.Text;
using System.Text.Json;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Encoders;

/// <summary>Our ids are those of Hugging Face's tokenizers, on megabytes of text and on random Unicode.</summary>
public sealed class TextEncoderPeerTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("llama3_1")]
    [InlineData("deepseek_v3")]
    public void Megabytes_of_text_and_random_Unicode_give_the_ids_of_Hugging_Faces_tokenizers(string name)
    {
        string folder = VocabularyPeerTests.Real(name);
        string data = SharedFolder.Require("data/text");
        string[] texts =
        [
            .. Paragraphs(Path.Combine(data, "wikitext-2.wiki.test.raw")),
            .. Paragraphs(Path.Combine(data, "tinyshakespeare.txt")),
            .. Directory.EnumerateFiles(Path.Combine(data, "udhr")).Order(StringComparer.Ordinal).SelectMany(Paragraphs),
            .. Paragraphs(Path.Combine(data, "zh-lunyu.json")),

            // The peer's script composes the whole text before it looks for special tokens, and U+0338 composes with their ">".
            .. RandomTexts.Make(11, 4000).Where(static t => !t.Contains("|>\u0338", StringComparison.Ordinal)),
        ];
        int[][] expected = HuggingFaceTokenizer.Encode(folder, texts).Ids;
        TextEncoder encoder = TextEncoder.Open(folder);
        List<string> wrong = [];
        for (int i = 0; i < texts.Length; i++)
        {
            int[] actual = encoder.Encode(texts[i], addSpecial: false, parseSpecial: true);
            if (!actual.SequenceEqual(expected[i]))
            {
                wrong.Add($"{JsonSerializer.Serialize(texts[i])}: [{string.Join(' ', actual)}] for [{string.Join(' ', expected[i])}]");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {texts.Length} differ:\n{string.Join('\n', wrong.Take(10))}");
    }

    /// <summary>A file in stretches of some kilobytes that end where a line ends.</summary>
    private static IEnumerable<string> Paragraphs(string path)
    {
        StringBuilder part = new();
        foreach (string line in File.ReadAllText(path).Split('\n'))
        {
            part.Append(line).Append('\n');
            if (part.Length > 20_000)
            {
                yield return part.ToString();
                part.Clear();
            }
        }

        yield return part.ToString();
    }
}
