using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Quantize.Importance;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class CalibrateCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_matrix_is_that_of_llama_imatrix_on_the_same_tokens()
    {
        string model = SharedFolder.Require("fixtures/trained-qwen3moe");
        string output = _folder.File("imatrix.gguf");
        await Tool.SucceedAsync(
            "calibrate", model, "--data", Path.Combine(model, "calibration.txt"), "-o", output, "--tokens", "30720", "--device", "cpu");
        using ImportanceMatrix expected = ImportanceMatrix.Load(Path.Combine(model, "golden", "imatrix.gguf"));
        using ImportanceMatrix actual = ImportanceMatrix.Load(output);
        Assert.Equal((60, 512), (actual.ChunkCount, actual.ChunkSize));
        Assert.Equal(["calibration.txt"], actual.Datasets);
        Assert.Equal(expected.Entries.Keys, actual.Entries.Keys);
        foreach ((string name, ImportanceEntry entry) in expected.Entries)
        {
            ImportanceEntry ours = actual.Entries[name];
            Assert.Equal((entry.Columns, entry.Experts), (ours.Columns, ours.Experts));

            // A router's choice may be a near-tie that the two programs' rounding decides: some tokens of 30 720.
            Assert.All(entry.Counts.Zip(ours.Counts), pair => Assert.InRange(pair.Second - pair.First, -8, 8));
            Assert.InRange(Distance(entry, ours), 0, 1e-3);
        }

        using GgmlGguf? read = GgmlGguf.Open(output);
        Assert.Equal((4, 48), (read!.KeyCount, read.TensorCount));
        Assert.Equal(["imatrix.gguf"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Quantizing_with_it_gives_llama_cpps_bytes_with_it()
    {
        string text = Text(3000);
        string matrix = _folder.File("imatrix.gguf");
        await Tool.SucceedAsync("calibrate", Sample, "--data", text, "-o", matrix, "--context", "128", "--device", "cpu");
        await Tool.SucceedAsync("convert", Sample, "-t", "bf16", "-o", _folder.File("bf16.gguf"));
        await Tool.SucceedAsync("quantize", Sample, "-t", "q4_k_m", "--imatrix", matrix, "-o", _folder.File("ours.gguf"));
        using ImportanceMatrix loaded = ImportanceMatrix.Load(matrix);
        LlamaCpp.Quantize(_folder.File("bf16.gguf"), _folder.File("theirs.gguf"), new LlamaQuantizeOptions(LlamaFileType.Q4_K_M)
        {
            Imatrix = loaded.Entries.ToDictionary(static e => e.Key, static e => e.Value.Values.All()),
        });
        using ModelPack.Models.Gguf.GgufFile ours = ModelPack.Models.Gguf.GgufFile.Open(_folder.File("ours.gguf"));
        using ModelPack.Models.Gguf.GgufFile theirs = ModelPack.Models.Gguf.GgufFile.Open(_folder.File("theirs.gguf"));
        Assert.Equal(GoldenTensors.Of(theirs), GoldenTensors.Of(ours));
    }

    [Fact]
    public async Task A_gguf_gives_the_matrix_of_the_checkpoint_it_was_made_from()
    {
        string text = Text(2000);
        await Tool.SucceedAsync("convert", Sample, "-t", "f32", "-o", _folder.File("m.gguf"));
        await Tool.SucceedAsync("calibrate", Sample, "--data", text, "-o", _folder.File("a.gguf"), "--context", "64", "--device", "cpu", "--threads", "1");
        await Tool.SucceedAsync("calibrate", _folder.File("m.gguf"), "--data", text, "-o", _folder.File("b.gguf"), "--context", "64", "--device", "cpu", "--threads", "1");
        using ImportanceMatrix a = ImportanceMatrix.Load(_folder.File("a.gguf"));
        using ImportanceMatrix b = ImportanceMatrix.Load(_folder.File("b.gguf"));
        Assert.Equal(a.Entries.Keys, b.Entries.Keys);
        Assert.All(a.Entries, entry => Assert.InRange(Distance(entry.Value, b.Entries[entry.Key]), 0, 1e-5));
    }

    [Fact]
    public async Task More_text_is_run_until_every_expert_saw_enough()
    {
        JsonElement result = await CalibrateAsync(Text(60000), "--context", "64", "--tokens", "64", "--ensure-experts", "300");
        Assert.True(result.GetProperty("rounds").GetInt32() > 1);
        Assert.All(Tokens(result), static t => Assert.True(t >= 300, $"{t} tokens"));
        Assert.Equal(result.GetProperty("windows").GetInt64() * 64, result.GetProperty("tokens").GetInt64());

        // Every token goes to two experts of each layer.
        int layers = result.GetProperty("experts").GetArrayLength();
        Assert.Equal(result.GetProperty("tokens").GetInt64() * 2 * layers, Tokens(result).Sum());
        Assert.False(result.TryGetProperty("warnings", out _));
    }

    [Fact]
    public async Task When_the_text_ends_first_it_says_how_many_experts_saw_too_few()
    {
        JsonElement result = await CalibrateAsync(Text(2000), "--context", "64", "--tokens", "64", "--ensure-experts", "1000000");
        string warning = Assert.Single(result.GetProperty("warnings").EnumerateArray(), static w => w.GetString()!.StartsWith("the text ended", StringComparison.Ordinal)).GetString()!;
        int experts = Tokens(result).Count();
        Assert.Equal(
            $"the text ended after {result.GetProperty("tokens").GetInt64()} tokens: {experts} experts saw fewer than the 1000000 of --ensure-experts", warning);
    }

    [Fact]
    public async Task The_json_result_keeps_its_contract()
    {
        JsonElement result = await CalibrateAsync(Text(60000), "--context", "64", "--tokens", "12800");
        Assert.Equal(
            ["schemaVersion", "output", "data", "device", "deviceReason", "context", "windows", "tokens", "rounds", "entries", "droppedRows", "seconds",
                "tokensPerSecond", "peakMemory", "experts"],
            result.EnumerateObject().Select(static p => p.Name));
        Assert.Equal((1, 64, 12800, "cpu"), (
            result.GetProperty("schemaVersion").GetInt32(), result.GetProperty("context").GetInt32(),
            result.GetProperty("tokens").GetInt32(), result.GetProperty("device").GetString()));
    }

    [Fact]
    public async Task A_dry_run_says_what_it_would_take_and_writes_nothing()
    {
        string text = Text(2000);
        Tool run = await Tool.SucceedAsync("calibrate", Sample, "--data", text, "-o", _folder.File("i.gguf"), "--context", "64", "--dry-run", "--json", "--device", "cpu");
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            ["schemaVersion", "data", "device", "deviceReason", "context", "windows", "tokens", "peakMemory", "spilledBytes"],
            result.EnumerateObject().Select(static p => p.Name));
        Assert.True(result.GetProperty("peakMemory").GetInt64() > 0);
        Tool words = await Tool.SucceedAsync("calibrate", Sample, "--data", text, "-o", _folder.File("i.gguf"), "--context", "64", "--dry-run", "--device", "cpu");
        Assert.Contains("nothing was written", words.Output);
        Assert.Equal(["text.txt"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_file_is_the_same_every_time_and_not_written_over_unasked()
    {
        string text = Text(2000);
        string[] args = ["calibrate", Sample, "--data", text, "-o", _folder.File("i.gguf"), "--context", "64", "--device", "cpu"];
        Tool first = await Tool.SucceedAsync([.. args, "--verbosity", "quiet"]);
        Assert.Equal("", first.Error);
        byte[] bytes = File.ReadAllBytes(_folder.File("i.gguf"));
        Tool second = await Tool.RunAsync(args);
        Assert.Equal(ExitCode.Failure, second.Code);
        Assert.Equal($"modelpack: error: {_folder.File("i.gguf")}: exists; expected a new name, or --overwrite\n", second.Error, ignoreLineEndingDifferences: true);
        await Tool.SucceedAsync([.. args, "--overwrite"]);
        Assert.Equal(bytes, File.ReadAllBytes(_folder.File("i.gguf")));
    }

    [Theory]
    [InlineData("", "text.txt: no text in it")]
    [InlineData("Few words.", "the text is")]
    public async Task A_text_that_fills_no_window_is_refused(string content, string message)
    {
        string text = _folder.File("text.txt");
        File.WriteAllText(text, content);
        Tool run = await Tool.RunAsync("calibrate", Sample, "--data", text, "-o", _folder.File("i.gguf"), "--device", "cpu");
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains(message, run.Error);
        Assert.False(File.Exists(_folder.File("i.gguf")));
    }

    [Theory]
    [InlineData(2, "--device", "tpu", "--device: 'tpu'; expected auto, cpu, cuda or cuda:N")]
    [InlineData(2, "--context", "3", "--context: '3'; expected a whole number from 4 to 1048576")]
    [InlineData(2, "--memory", "much", "--memory: 'much' is no size; write for example 512MiB, 16GiB or 16GB")]
    [InlineData(2, "--ensure-experts", "0", "--ensure-experts: '0'; expected a whole number from 1 to 9223372036854775807")]
    [InlineData(1, "--context", "100000", "tokens long; expected at least the 100000 tokens of one window (--context)")]
    public async Task A_value_that_makes_no_sense_is_refused(int code, string option, string value, string message)
    {
        Tool run = await Tool.RunAsync("calibrate", Sample, "--data", Text(2000), "-o", _folder.File("i.gguf"), option, value);
        Assert.Equal(code, run.Code);
        Assert.Contains(message, run.Error);
    }

    [Fact]
    public async Task A_text_and_an_output_must_be_named()
    {
        Tool run = await Tool.RunAsync("calibrate", Sample);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("'--data' is required", run.Error);
        Assert.Contains("'--output' is required", run.Error);
        Assert.Equal(ExitCode.Failure, (await Tool.RunAsync("calibrate", Sample, "--data", _folder.File("none"), "-o", _folder.File("i.gguf"))).Code);
    }

    [Fact]
    public async Task An_onnx_model_is_refused_as_it_does_not_show_its_layers()
    {
        File.WriteAllBytes(_folder.File("m.onnx"), [8, 10]);
        Tool run = await Tool.RunAsync("calibrate", _folder.File("m.onnx"), "--data", Text(100), "-o", _folder.File("i.gguf"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("an ONNX model does not show what its layers see", run.Error);
    }

    private async Task<JsonElement> CalibrateAsync(string text, params string[] args)
    {
        Tool run = await Tool.SucceedAsync(["calibrate", Sample, "--data", text, "-o", _folder.File("i.gguf"), "--device", "cpu", "--json", .. args]);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static IEnumerable<long> Tokens(JsonElement result) =>
        result.GetProperty("experts").EnumerateArray().SelectMany(static e => e.GetProperty("tokens").EnumerateArray()).Select(static t => t.GetInt64());

    private string Text(int length)
    {
        string[] words = ["the", "river", "and", "mountain", "were", "old,", "when", "a", "king", "of", "stone", "said:", "\"Never", "again!\"", "She", "went", "home", "in", "1893."];
        Random random = new(1);
        System.Text.StringBuilder text = new();
        while (text.Length < length)
        {
            text.Append(words[random.Next(words.Length)]).Append(random.Next(12) == 0 ? "\n" : " ");
        }

        File.WriteAllText(_folder.File("text.txt"), text.ToString());
        return _folder.File("text.txt");
    }

    private static double Distance(ImportanceEntry expected, ImportanceEntry actual)
    {
        (double difference, double norm) = (0, 0);
        (float[] want, float[] got) = (expected.Values.All(), actual.Values.All());
        for (int i = 0; i < want.Length; i++)
        {
            float count = expected.Counts[i / (want.Length / expected.Counts.Count)];
            float other = actual.Counts[i / (want.Length / actual.Counts.Count)];
            difference += Math.Pow((want[i] * (double)count) - (got[i] * (double)other), 2);
            norm += Math.Pow(want[i] * (double)count, 2);
        }

        return Math.Sqrt(difference / norm);
    }
}
