using System.Text.Json.Nodes;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Importance;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>The halves of latent attention's kv_b, beside what llama.cpp multiplies them with.</summary>
public sealed class LatentAttentionTests : IDisposable
{
    private const int Context = 128;
    private const int Tokens = 512;

    private readonly TempFolder _temp = new();

    private static string Text => RepositoryFolder.Join("samples", "tiny-qwen3moe", "calibration.txt");

    public void Dispose() => _temp.Dispose();

    // For Kimi, llama.cpp must be told what the config says of YaRN: it ignores the file's.
    [Theory]
    [InlineData("deepseekv3", null)]
    [InlineData("kimik2", 1f)]
    public async Task The_matrix_has_what_llama_cpp_multiplies_the_keys_half_with(string fixture, float? yarnBetaFast)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        await CalibrateAsync(source);
        await Tool.SucceedAsync("convert", source, "-t", "f32", "-o", _temp.File("f32.gguf"));
        using LlamaModel model = LlamaCpp.Load(_temp.File("f32.gguf"), yarnBetaFast: yarnBetaFast);
        using ImportanceMatrix ours = ImportanceMatrix.Load(_temp.File("imatrix.gguf"));
        LlamaImatrix theirs = model.Imatrix(Windows(model));
        string[] names = [.. theirs.Entries.Keys.Where(static n => n.EndsWith(".attn_k_b.weight", StringComparison.Ordinal)).Order()];
        Assert.Equal(["blk.0.attn_k_b.weight", "blk.1.attn_k_b.weight", "blk.2.attn_k_b.weight"], names);
        foreach (string name in names)
        {
            (double[] sums, long count) = theirs.Entries[name];
            ImportanceEntry entry = ours.Entries[name];
            Assert.Equal((Tokens, 4 * 64, 1, Tokens), (count, entry.Columns, entry.Experts, entry.Counts.Single()));
            float[] values = entry.Values.All();
            Assert.Equal(sums.Length, values.Length);
            double[] differences = [.. sums.Zip(values, static (s, v) => Math.Abs((s / Tokens) - v))];
            Assert.InRange(differences.Sum() / (sums.Sum() / Tokens), 0, 1e-5);
        }

        // Other weights are there to see that the two runs are of the same tokens.
        foreach (string name in theirs.Entries.Keys.Where(ours.Entries.ContainsKey).Where(static n => !n.EndsWith("_b.weight", StringComparison.Ordinal)))
        {
            double sum = ours.Entries[name].Values.All().Sum(static v => (double)v);
            Assert.InRange(theirs.Entries[name].Sums.Sum() / Tokens / sum, 0.99, 1.01);
        }
    }

    [Theory]
    [InlineData("deepseekv3", "q4_k_m")]
    [InlineData("kimik2", "q4_0")]
    public async Task Rounding_the_halves_with_the_matrix_gives_llama_cpp_s_bytes(string fixture, string type)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        await CalibrateAsync(source);
        await Tool.SucceedAsync("convert", source, "-t", "f32", "-o", _temp.File("f32.gguf"));
        await Tool.SucceedAsync("quantize", source, "-t", type, "--imatrix", _temp.File("imatrix.gguf"), "-o", _temp.File("ours.gguf"));
        await Tool.SucceedAsync("quantize", source, "-t", type, "-o", _temp.File("plain.gguf"));
        using ImportanceMatrix matrix = ImportanceMatrix.Load(_temp.File("imatrix.gguf"));
        LlamaCpp.Quantize(_temp.File("f32.gguf"), _temp.File("theirs.gguf"), new LlamaQuantizeOptions(type == "q4_0" ? LlamaFileType.Q4_0 : LlamaFileType.Q4_K_M)
        {
            Imatrix = matrix.Entries.ToDictionary(static e => e.Key, static e => e.Value.Values.All()),
        });
        Dictionary<string, string> ours = Hashes("ours.gguf");
        Dictionary<string, string> plain = Hashes("plain.gguf");
        foreach ((string name, string hash) in Hashes("theirs.gguf"))
        {
            Assert.Equal((name, hash), (name, ours[name]));
            Assert.True(ours[name] != plain[name] || !name.EndsWith(".attn_k_b.weight", StringComparison.Ordinal), $"{name} was rounded without importance");
        }
    }

    [Fact]
    public async Task Both_halves_are_solved()
    {
        string source = SharedFolder.Require("fixtures/deepseekv3");
        Tool run = await Tool.SucceedAsync(
            "quantize", source, "-t", "q4_0", "--calibration", Text, "--calibration-tokens", $"{Tokens}", "--context", $"{Context}", "--device", "cpu",
            "-o", _temp.File("solved.gguf"), "--json");
        JsonArray tensors = JsonNode.Parse(run.Output)!["tensors"]!.AsArray();
        foreach (string name in Enumerable.Range(0, 3).SelectMany(static layer => new[] { $"blk.{layer}.attn_k_b.weight", $"blk.{layer}.attn_v_b.weight" }))
        {
            JsonNode tensor = tensors.Single(t => t!["name"]!.GetValue<string>() == name)!;
            Assert.Equal(("gptq", Tokens), (tensor["method"]!.GetValue<string>(), tensor["tokens"]!.GetValue<int>()));
            Assert.Null(tensor["experts"]);
            Assert.InRange(tensor["relativeError"]!.GetValue<double>(), 0.005, 0.2);
        }

        using LlamaModel model = LlamaCpp.Load(_temp.File("solved.gguf"));
        Assert.All(model.Logits([1, 2, 3, 4]), static l => Assert.True(float.IsFinite(l)));
    }

    [Fact]
    public async Task An_unquantized_gguf_s_halves_are_solved_like_the_folder_s()
    {
        string source = SharedFolder.Require("fixtures/kimik2");
        await Tool.SucceedAsync("convert", source, "-t", "f32", "-o", _temp.File("f32.gguf"));
        foreach (string model in (string[])[source, _temp.File("f32.gguf")])
        {
            await Tool.SucceedAsync(
                "quantize", model, "-t", "q5_0", "--calibration", Text, "--calibration-tokens", $"{Tokens}", "--context", $"{Context}", "--device", "cpu",
                "-o", _temp.File(model == source ? "folder.gguf" : "file.gguf"));
        }

        Assert.Equal(Hashes("folder.gguf"), Hashes("file.gguf"));
    }

    private Dictionary<string, string> Hashes(string file)
    {
        using GgufFile gguf = GgufFile.Open(_temp.File(file));
        return GoldenTensors.Of(gguf).ToDictionary(static t => t.Name, static t => $"{t}");
    }

    private async Task CalibrateAsync(string source) => await Tool.SucceedAsync(
        "calibrate", source, "--data", Text, "-o", _temp.File("imatrix.gguf"), "--tokens", $"{Tokens}", "--context", $"{Context}", "--device", "cpu");

    // As llama-imatrix has it: where the tokenizer adds a first token, every window starts with it.
    private static IEnumerable<int[]> Windows(LlamaModel model)
    {
        int[] tokens = model.Tokenize(File.ReadAllText(Text)[..20_000], addSpecial: true);
        foreach (int[] window in tokens.Chunk(Context).Take(Tokens / Context))
        {
            window[0] = tokens[0] == model.Bos ? model.Bos : window[0];
            yield return window;
        }
    }
}
