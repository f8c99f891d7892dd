using System.Runtime.InteropServices;
using System.Text.Json;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Weights;
using ModelPack.Runtime;
using ModelPack.Runtime.Evaluation;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Runtime.Evaluation;

/// <summary>Real models beside llama.cpp's own numbers.</summary>
public sealed class RealEvaluationTests
{
    private const string Trained = "fixtures/trained-qwen3moe";

    private static readonly RunnerOptions Cpu = new() { Device = "cpu", Threads = 2 };

    [Theory]
    [InlineData("wiki")]
    [InlineData("drama")]
    [InlineData("novel")]
    public async Task Perplexity_is_that_of_llama_perplexity(string text)
    {
        string model = SharedFolder.Require(Trained);
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(SharedFolder.Require($"{Trained}/golden/quality.json")));
        JsonElement expected = golden.RootElement.GetProperty("perplexity").GetProperty("texts").GetProperty(text);
        Tool run = await Tool.SucceedAsync("evaluate", model, "--data", Path.Combine(model, $"heldout-{text}.txt"), "--device", "cpu", "--json");
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        double perplexity = expected.GetProperty("perplexity").GetDouble();
        Assert.InRange(result.GetProperty("perplexity").GetDouble() / perplexity, 0.9995, 1.0005);
        Assert.InRange(result.GetProperty("perplexityError").GetDouble() / expected.GetProperty("error").GetDouble(), 0.999, 1.001);
    }

    [Fact]
    public async Task Divergence_is_what_llama_cpps_logits_of_the_same_weights_give()
    {
        const int Context = 128;
        string source = SharedFolder.Require(Trained);
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", source, "-t", "f32", "-o", folder.File("f32.gguf"));
        await Tool.SucceedAsync("quantize", source, "-t", "q4_k_m", "-o", folder.File("q4.gguf"));
        F32Gguf.Write(folder.File("q4.gguf"), folder.File("decoded.gguf"));
        string text = folder.File("text.txt");
        File.WriteAllText(text, File.ReadAllText(Path.Combine(source, "heldout-novel.txt"))[..2500]);
        Tool run = await Tool.SucceedAsync(
            "evaluate", folder.File("q4.gguf"), "--reference", folder.File("f32.gguf"), "--data", text, "--context", $"{Context}", "--chunks", "4",
            "--device", "cpu", "--json");
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;

        int[] tokens = MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(SharedFolder.Require($"{Trained}/golden/heldout-novel.i32"))).ToArray();
        using LlamaModel reference = LlamaCpp.Load(folder.File("f32.gguf"));
        using LlamaModel model = LlamaCpp.Load(folder.File("decoded.gguf"));
        (double losses, double divergences, int same, int count) = (0, 0, 0, 0);
        for (int window = 0; window < 4; window++)
        {
            int[] part = tokens[(window * Context)..((window + 1) * Context)];
            (float[] p, float[] q, int size) = (reference.Logits(part), model.Logits(part), reference.VocabularySize);
            for (int i = Context / 2; i < Context - 1; i++, count++)
            {
                double[] known = Probabilities(p.AsSpan(i * size, size));
                double[] seen = Probabilities(q.AsSpan(i * size, size));
                losses -= Math.Log(seen[part[i + 1]]);
                divergences += known.Zip(seen, static (a, b) => a * Math.Log(a / b)).Sum();
                same += Array.IndexOf(known, known.Max()) == Array.IndexOf(seen, seen.Max()) ? 1 : 0;
            }
        }

        JsonElement compared = result.GetProperty("reference");
        Assert.Equal(count, result.GetProperty("tokens").GetInt32());
        Assert.InRange(result.GetProperty("perplexity").GetDouble() / Math.Exp(losses / count), 0.998, 1.002);
        Assert.InRange(compared.GetProperty("meanKld").GetDouble() / (divergences / count), 0.97, 1.03);
        Assert.InRange(compared.GetProperty("topTokenAgreement").GetDouble(), ((double)same - 2) / count, ((double)same + 2) / count);
    }

    [Theory]
    [InlineData("llama31")]
    [InlineData("deepseekv3")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3moe")]
    public async Task A_gguf_runs_as_the_golden_logits_say(string family)
    {
        string source = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", source, "-t", "f32", "-o", folder.File("m.gguf"));
        using GgufFile gguf = GgufFile.Open(folder.File("m.gguf"));
        using PassModel model = new(GgufModelWeights.Of(gguf), Cpu);
        AssertGolden(model, family);
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("trained-qwen3moe")]
    public async Task An_onnx_folder_runs_as_the_golden_logits_say(string family)
    {
        string source = SharedFolder.Require($"fixtures/{family}");
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", source, "--to", "onnx", "-t", "f32", "-o", folder.File("onnx"));
        using OnnxModel model = OnnxModel.Open(folder.File("onnx/model.onnx"), Cpu);
        AssertGolden(model, family);
    }

    [Fact]
    public async Task A_half_precision_graph_is_close_to_the_checkpoint()
    {
        string source = SharedFolder.Require(Trained);
        using TempFolder folder = new();
        await Tool.SucceedAsync("convert", source, "--to", "onnx", "-t", "f16", "-o", folder.File("f16"));
        Tool run = await Tool.SucceedAsync(
            "evaluate", folder.File("f16"), "--reference", source, "--data", Path.Combine(source, "heldout-wiki.txt"), "--chunks", "3", "--device", "cpu", "--json");
        JsonElement compared = JsonDocument.Parse(run.Output).RootElement.GetProperty("reference");
        Assert.InRange(compared.GetProperty("meanKld").GetDouble(), 0, 1e-3);
        Assert.InRange(compared.GetProperty("topTokenAgreement").GetDouble(), 0.98, 1);
    }

    private static void AssertGolden(LogitsModel model, string family)
    {
        foreach (GoldenLogits golden in GoldenLogits.Load(family))
        {
            float[] logits = new float[golden.Values.Length];
            model.Run([golden.Tokens], null, (_, first, rows) => rows.CopyTo(logits.AsSpan(first * golden.Vocabulary)), null, TestContext.Current.CancellationToken);
            Assert.Equal(golden.Vocabulary, model.VocabularySize);
            golden.AssertNear(logits, tolerance: 1e-3, share: 0.95);
        }
    }

    private static double[] Probabilities(ReadOnlySpan<float> logits)
    {
        double most = logits[0];
        foreach (float logit in logits)
        {
            most = Math.Max(most, logit);
        }

        double[] exponentials = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
        {
            exponentials[i] = Math.Exp(logits[i] - most);
        }

        double sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, e => e / sum);
    }
}
