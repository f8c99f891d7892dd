using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>quantize --calibration, from the sample to files that other programs run.</summary>
public sealed class CalibratedQuantizeTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    private static string[] Text => ["--calibration", Path.Combine(Sample, "calibration.txt"), "--calibration-tokens", "8192"];

    // Enough where runs are compared with each other and not with the model.
    private static string[] ShortText => [.. Text[..^1], "2048"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Codes_on_q4_0_s_grid_lose_less_in_llama_cpp_than_rounded_ones_at_the_same_size()
    {
        await Tool.SucceedAsync("convert", Sample, "--to", "gguf", "-t", "f32", "-o", _temp.File("f32.gguf"));
        await Tool.SucceedAsync("quantize", Sample, "-t", "q4_0", "-o", _temp.File("rounded.gguf"));
        Tool run = await Tool.SucceedAsync(["quantize", Sample, "-t", "q4_0", .. Text, "-o", _temp.File("solved.gguf"), "--json"]);

        JsonNode document = JsonNode.Parse(run.Output)!;
        JsonNode experts = document["tensors"]!.AsArray().First(static t => t!["name"]!.GetValue<string>() == "blk.1.ffn_down_exps.weight")!;
        Assert.Equal("gptq", experts["method"]!.GetValue<string>());
        Assert.Equal(8, experts["experts"]!.AsArray().Count);

        // Each token goes to two of eight experts.
        Assert.Equal(2 * 8192, experts["experts"]!.AsArray().Sum(static e => e!["tokens"]!.GetValue<long>()));
        Assert.All(experts["experts"]!.AsArray(), static e => Assert.InRange(e!["relativeError"]!.GetValue<double>(), 0.001, 0.3));

        using LlamaModel reference = LlamaCpp.Load(_temp.File("f32.gguf"));
        using LlamaModel rounded = LlamaCpp.Load(_temp.File("rounded.gguf"));
        using LlamaModel solved = LlamaCpp.Load(_temp.File("solved.gguf"));
        int[] tokens = reference.Tokenize(File.ReadAllText(Path.Combine(Sample, "heldout-wiki.txt")))[..512];
        (double before, double after) = (Divergence(reference, rounded, tokens), Divergence(reference, solved, tokens));
        Assert.True(after < 0.9 * before, $"divergence {after} of solved codes, {before} of rounded ones");
        Assert.Equal(WeightBytes("rounded.gguf"), WeightBytes("solved.gguf"));
        Assert.False(Directory.Exists(_temp.File("solved.gguf.partial.calibration")));
    }

    // Most have a head of their own, which the sample has not.
    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("kimik2")]
    [InlineData("llama31")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3")]
    [InlineData("qwen3moe")]
    public async Task Every_family_is_calibrated_for_both_formats(string fixture)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        string[] few = [.. Text[..2], "--calibration-tokens", "512", "--context", "128"];
        Tool run = await Tool.SucceedAsync(["quantize", source, "-t", "q8_0", .. few, "-o", _temp.File("m.gguf"), "--json"]);
        Assert.Contains(JsonNode.Parse(run.Output)!["tensors"]!.AsArray(), static t => t!["method"]!.GetValue<string>() == "gptq");
        using (LlamaModel llama = LlamaCpp.Load(_temp.File("m.gguf")))
        {
            Assert.All(llama.Logits([1, 2, 3, 4]), static l => Assert.True(float.IsFinite(l)));
        }

        await Tool.SucceedAsync(["quantize", source, "--to", "onnx", "-t", "int8", .. few, "-o", _temp.File("folder")]);
        await Tool.SucceedAsync("verify", _temp.File("folder"));
    }

    [Fact]
    public async Task The_file_says_what_it_was_calibrated_on()
    {
        await Tool.SucceedAsync(["quantize", Sample, .. ShortText, "-o", _temp.File("m.gguf")]);
        using GgufFile file = GgufFile.Open(_temp.File("m.gguf"));
        Assert.Equal("gptq", file.Metadata["quantize.method"].AsString());
        Assert.Equal("calibration.txt", file.Metadata["quantize.calibration.dataset"].AsString());
        Assert.Equal(64, file.Metadata["quantize.calibration.sha256"].AsString().Length);
    }

    [Fact]
    public async Task An_onnx_folder_of_solved_codes_is_sound_and_loses_less_than_a_rounded_one()
    {
        string[] int4 = ["--to", "onnx", "--block-size", "128", "--accuracy-level", "0"];
        await Tool.SucceedAsync(["quantize", Sample, .. int4, "-o", _temp.File("rounded")]);
        await Tool.SucceedAsync(["quantize", Sample, .. int4, .. Text, "-o", _temp.File("solved")]);
        await Tool.SucceedAsync("verify", _temp.File("solved"));
        double rounded = await DivergenceAsync(_temp.File("rounded"));
        double solved = await DivergenceAsync(_temp.File("solved"));
        Assert.True(solved < 0.85 * rounded, $"divergence {solved} of solved codes, {rounded} of rounded ones");
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(_temp.File("solved"), "modelpack.json")))!;
        Assert.Equal("gptq", manifest["options"]!["calibration"]!["method"]!.GetValue<string>());
        Assert.Contains(manifest["tensors"]!.AsArray(), static t => t!["method"]!.GetValue<string>() == "gptq");
    }

    [Fact]
    public async Task An_unquantized_gguf_gives_the_same_codes_as_the_folder_that_it_was_made_from()
    {
        await Tool.SucceedAsync("convert", Sample, "--to", "gguf", "-t", "f32", "-o", _temp.File("f32.gguf"));
        await Tool.SucceedAsync(["quantize", _temp.File("f32.gguf"), .. ShortText, "-o", _temp.File("file.gguf")]);
        await Tool.SucceedAsync(["quantize", Sample, .. ShortText, "-o", _temp.File("folder.gguf")]);
        Assert.Equal(Weights("folder.gguf"), Weights("file.gguf"));
    }

    [Fact]
    public async Task The_bytes_do_not_depend_on_threads()
    {
        await Tool.SucceedAsync(["quantize", Sample, .. ShortText, "--threads", "1", "-o", _temp.File("one.gguf")]);
        await Tool.SucceedAsync(["quantize", Sample, .. ShortText, "--threads", "3", "-o", _temp.File("three.gguf")]);
        Assert.Equal(File.ReadAllBytes(_temp.File("one.gguf")), File.ReadAllBytes(_temp.File("three.gguf")));
    }

    [Fact]
    public async Task A_run_that_is_stopped_and_resumed_gives_the_bytes_of_one_that_was_not()
    {
        string[] arguments = ["quantize", Sample, .. Text, "-o", _temp.File("m.gguf")];
        using (CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        {
            string index = _temp.File("m.gguf.partial.calibration/solved/layer-00001.json");
            using StringWriter output = new();
            Task<int> run = Program.RunAsync(arguments, output, output, stop.Token);
            while (!run.IsCompleted && !File.Exists(index))
            {
                await Task.Delay(2, TestContext.Current.CancellationToken);
            }

            await stop.CancelAsync();
            int code = await run;
            Assert.SkipWhen(code == ExitCode.Success, "the run was over before it could be stopped");
            Assert.Equal(ExitCode.Cancelled, code);
        }

        Assert.False(File.Exists(_temp.File("m.gguf")));
        await Tool.SucceedAsync([.. arguments, "--resume"]);
        await Tool.SucceedAsync(["quantize", Sample, .. Text, "-o", _temp.File("whole.gguf")]);
        Assert.Equal(File.ReadAllBytes(_temp.File("whole.gguf")), File.ReadAllBytes(_temp.File("m.gguf")));
    }

    [Theory]
    [InlineData("--method gptq: needs --calibration", "--method", "gptq")]
    [InlineData("--method importance: needs --calibration", "--method", "importance")]
    [InlineData("--budget: needs --calibration", "--budget", "1GB")]
    [InlineData("--context: only with --calibration", "--context", "128")]
    [InlineData("--calibration: --method rtn has no use for it", "--calibration", "x", "--method", "rtn")]
    [InlineData("--budget and --bits-per-weight: expected one of the two", "--calibration", "x", "--budget", "1GB", "--bits-per-weight", "4")]
    public async Task Options_that_contradict_each_other_are_a_fault_of_usage(string message, params string[] options)
    {
        Tool run = await Tool.RunAsync(["quantize", Sample, .. options, "-o", _temp.File("m.gguf")]);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_of_less_than_one_window_is_an_error()
    {
        string text = _temp.Write("short.txt", "Too short."u8);
        Tool run = await Tool.RunAsync("quantize", Sample, "--calibration", text, "-o", _temp.File("m.gguf"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("expected at least the 512 tokens of one window (--context)", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_temp.File("m.gguf")));
    }

    private async Task<double> DivergenceAsync(string folder)
    {
        string text = _temp.File("heldout.txt");
        File.WriteAllText(text, File.ReadAllText(Path.Combine(Sample, "heldout-wiki.txt"))[..8000]);
        Tool run = await Tool.SucceedAsync("evaluate", folder, "--reference", Sample, "--data", text, "--context", "256", "--json");
        return JsonNode.Parse(run.Output)!["reference"]!["meanKld"]!.GetValue<double>();
    }

    private static double Divergence(LlamaModel reference, LlamaModel other, int[] tokens)
    {
        (float[] p, float[] q) = (reference.Logits(tokens), other.Logits(tokens));
        int vocabulary = reference.VocabularySize;
        double sum = 0;
        int rows = tokens.Length;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> a = p.AsSpan(row * vocabulary, vocabulary);
            ReadOnlySpan<float> b = q.AsSpan(row * vocabulary, vocabulary);
            (double la, double lb) = (LogSum(a), LogSum(b));
            for (int i = 0; i < vocabulary; i++)
            {
                double log = a[i] - la;
                sum += Math.Exp(log) * (log - (b[i] - lb));
            }
        }

        return sum / rows;
    }

    private static double LogSum(ReadOnlySpan<float> logits)
    {
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit);
        }

        return Math.Log(sum);
    }

    private long WeightBytes(string name)
    {
        using GgufFile file = GgufFile.Open(_temp.File(name));
        return file.Tensors.Sum(static t => t.Type.SizeOf(t.Count));
    }

    private byte[] Weights(string name)
    {
        long bytes = WeightBytes(name);
        byte[] all = File.ReadAllBytes(_temp.File(name));
        return all[^(int)bytes..];
    }
}
