using System.Buffers.Binary;
using System.Text.Json;
using ModelPack.Models.Tokenizers;
using ModelPack.Models.Tokenizers.Encoders;
using ModelPack.Models.Tokenizers.Normalization;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Tokenizers.Encoders;

/// <summary>Token ids of the fixtures: their golden files, and what llama.cpp makes of the same vocabulary in GGUF.</summary>
public sealed class TextEncoderFixtureTests
{
    public static TheoryData<string> Fixtures => VocabularyFixtureTests.Fixtures;

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void A_folder_gives_its_golden_ids(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        (bool byHuggingFace, (string Text, int[] Ids)[] cases) = Golden(folder);
        Assert.Equal(40, cases.Length);
        TextEncoder encoder = TextEncoder.Open(folder);
        // The other golden ids are llama.cpp's, which never puts text in form C; those texts are asked of the vocabulary below.
        Assert.All(cases.Where(c => byHuggingFace || CanonicalForm.Compose(c.Text) == c.Text),
            c => Assert.Equal(c.Ids, encoder.Encode(c.Text, addSpecial: false, parseSpecial: byHuggingFace)));
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void The_same_vocabulary_in_GGUF_gives_llama_cpps_ids(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        Vocabulary vocabulary = VocabularyReader.Read(folder, 2048, new VocabularyOptions());
        string[] texts = [.. Golden(folder).Cases.Select(static c => c.Text), .. RandomTexts.Make(5, 600)];
        using GgufVocabularyFile file = new(vocabulary);
        TextEncoder encoder = TextEncoder.Open(file.Gguf);
        Assert.Equal(2048, encoder.Size);
        foreach (string text in texts)
        {
            foreach ((bool add, bool parse) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, true)])
            {
                int[] expected = file.Model.Tokenize(text, add, parse);
                int[] actual = encoder.Encode(text, add, parse);
                Assert.True(expected.SequenceEqual(actual),
                    $"{JsonSerializer.Serialize(text)}: [{string.Join(' ', actual)}] for [{string.Join(' ', expected)}]");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void The_vocabulary_alone_gives_the_golden_ids_too(string fixture)
    {
        string folder = SharedFolder.Require($"fixtures/{fixture}");
        (bool byHuggingFace, (string Text, int[] Ids)[] cases) = Golden(folder);
        TextEncoder encoder = TextEncoder.Of(VocabularyReader.Read(folder, 2048, new VocabularyOptions()));
        Assert.All(cases.Where(c => !byHuggingFace || CanonicalForm.Compose(c.Text) == c.Text),
            c => Assert.Equal(c.Ids, encoder.Encode(c.Text, addSpecial: false, parseSpecial: byHuggingFace)));
    }

    [Theory]
    [InlineData("novel")]
    [InlineData("wiki")]
    [InlineData("drama")]
    public void A_held_out_text_gives_the_ids_that_its_perplexity_was_measured_on(string name)
    {
        string folder = SharedFolder.Require("fixtures/trained-qwen3moe");
        byte[] golden = File.ReadAllBytes(Path.Combine(folder, "golden", $"heldout-{name}.i32"));
        int[] expected = [.. golden.Chunk(4).Select(static b => BinaryPrimitives.ReadInt32LittleEndian(b))];
        string text = File.ReadAllText(Path.Combine(folder, $"heldout-{name}.txt"));
        Assert.Equal(expected, TextEncoder.Open(folder).Encode(text, addSpecial: true, parseSpecial: false));
    }

    private static (bool ByHuggingFace, (string Text, int[] Ids)[] Cases) Golden(string folder)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden", "tokens.json")));
        return (golden.RootElement.GetProperty("made by").GetString()!.StartsWith('@'),
            [.. golden.RootElement.GetProperty("cases").EnumerateArray()
                .Select(static c => (c.GetProperty("text").GetString()!, c.GetProperty("ids").Deserialize<int[]>()!))]);
    }
}
