using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Onnx.Export;

/// <summary>Every family's graph, run by ONNX Runtime on real weights, beside llama.cpp's logits.</summary>
public sealed class FixtureExportTests
{
    public static TheoryData<string> Fixtures { get; } =
        ["deepseekv3", "kimik2", "llama31", "minimaxm2", "qwen3", "qwen3moe", "trained-qwen3moe"];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Logits_in_float32_are_those_of_llama_cpp(string fixture)
    {
        using TempFolder folder = new();
        using ExportedModel model = ExportedModel.Load(AsLlamaCpp(fixture, folder), OnnxExportOptions.Plain(OnnxElementType.Float));
        foreach (GoldenLogits golden in GoldenLogits.Load(fixture))
        {
            golden.AssertNear(model.Logits(golden.Tokens), tolerance: 1e-3, share: 0.95);
        }
    }

    [Fact]
    public async Task Kimi_s_logits_are_llama_cpp_s_when_it_is_told_what_the_config_says()
    {
        string source = SharedFolder.Require("fixtures/kimik2");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", source, "-t", "f32", "-o", folder.File("model.gguf"));
        using ExportedModel model = Load("kimik2", OnnxElementType.Float);
        using LlamaModel told = LlamaCpp.Load(folder.File("model.gguf"), yarnBetaFast: 1);
        foreach (GoldenLogits golden in GoldenLogits.Load("kimik2"))
        {
            (golden with { Values = told.Logits(golden.Tokens) }).AssertNear(model.Logits(golden.Tokens), tolerance: 1e-3, share: 0.95);
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Logits_with_the_cache_are_those_of_one_run(string fixture)
    {
        using ExportedModel model = Load(fixture, OnnxElementType.Float);
        int[] tokens = GoldenLogits.Load(fixture)[0].Tokens;
        tokens = tokens[..Math.Min(tokens.Length, 24)];
        float[] whole = model.Logits(tokens);
        AssertClose(whole, model.LogitsByParts(tokens, 1), 1e-4);
        AssertClose(whole, model.LogitsByParts(tokens, 7, 6, 1), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void A_batch_padded_on_the_right_gives_the_logits_of_each_sequence_alone(string fixture)
    {
        using ExportedModel model = Load(fixture, OnnxElementType.Float);
        int[] tokens = GoldenLogits.Load(fixture)[0].Tokens;
        int[] first = tokens[..12];
        int[] second = tokens[3..10];
        int vocabulary = model.Decoder.Spec.VocabularySize;
        float[] expected = model.Logits(first);
        float[] shorter = model.Logits(second);

        // The last two tokens of each come one by one, with what the prompt left in the cache.
        long[] mask = [.. Mask(10, 10), .. Mask(5, 10)];
        var result = model.Run([.. first[..10], .. second[..5], 0, 0, 0, 0, 0], mask, 2, model.Empty(2));
        float[] logits = result["logits"].Values;
        AssertClose(expected.AsSpan(0, 10 * vocabulary), logits.AsSpan(0, 10 * vocabulary), 1e-4);
        AssertClose(shorter.AsSpan(0, 5 * vocabulary), logits.AsSpan(10 * vocabulary, 5 * vocabulary), 1e-4);
        for (int step = 0; step < 2; step++)
        {
            long[] Longer(int ones) => [.. Mask(ones, 10), .. Enumerable.Repeat(1L, step + 1)];
            result = model.Run([first[10 + step], second[5 + step]], [.. Longer(10), .. Longer(5)], 2, ExportedModel.Past(result));
            logits = result["logits"].Values;
            AssertClose(expected.AsSpan((10 + step) * vocabulary, vocabulary), logits.AsSpan(0, vocabulary), 1e-4);
            AssertClose(shorter.AsSpan((5 + step) * vocabulary, vocabulary), logits.AsSpan(vocabulary, vocabulary), 1e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Logits_in_float16_are_close_to_float32(string fixture)
    {
        using ExportedModel half = Load(fixture, OnnxElementType.Float16);
        GoldenLogits golden = GoldenLogits.Load(fixture)[0];
        golden.AssertNear(half.Logits(golden.Tokens), tolerance: 2e-2, share: 0.9);
    }

    // llama.cpp takes 32 for YaRN's beta_fast whatever the file says; Kimi K2's config says 1, which its own code honors and so do we.
    private static string AsLlamaCpp(string fixture, TempFolder folder)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        if (fixture != "kimik2")
        {
            return source;
        }

        File.CreateSymbolicLink(folder.File("model.safetensors"), Path.Combine(source, "model.safetensors"));
        string config = File.ReadAllText(Path.Combine(source, "config.json"));
        Assert.Contains("\"beta_fast\": 1.0", config);
        File.WriteAllText(folder.File("config.json"), config.Replace("\"beta_fast\": 1.0", "\"beta_fast\": 32.0", StringComparison.Ordinal));
        return folder.Path;
    }

    private static ExportedModel Load(string fixture, OnnxElementType type) =>
        ExportedModel.Load(SharedFolder.Require($"fixtures/{fixture}"), OnnxExportOptions.Plain(type));

    private static long[] Mask(int ones, int length) => [.. Enumerable.Range(0, length).Select(i => i < ones ? 1L : 0)];

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance) =>
        Assert.InRange(Logits.Distance(expected, actual), 0, tolerance);
}
