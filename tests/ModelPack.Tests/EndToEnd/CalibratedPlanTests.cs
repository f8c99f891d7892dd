using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Runtime;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>quantize --calibration --dry-run: what will be run, for how much memory, and the output to the byte.</summary>
public sealed class CalibratedPlanTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    private static string[] Text => ["--calibration", Path.Combine(Sample, "calibration.txt"), "--calibration-tokens", "1024", "--context", "128"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("gguf", "gptq")]
    [InlineData("gguf", "importance")]
    [InlineData("onnx", "gptq")]
    public async Task A_dry_run_says_what_calibration_takes(string format, string method)
    {
        string[] arguments = ["quantize", Sample, "--to", format, .. Text, "--method", method, "--device", "cpu", "-o", _temp.File("out"), "--dry-run"];
        JsonNode calibration = JsonNode.Parse((await Tool.SucceedAsync([.. arguments, "--json"])).Output)!["calibration"]!;
        Assert.Equal(
            ["data", "device", "deviceReason", "context", "windows", "tokens", "peakMemory", "spilledBytes"], calibration.AsObject().Select(static f => f.Key));
        Assert.Equal("calibration.txt", calibration["data"]![0]!.GetValue<string>());
        Assert.Equal(("cpu", 128, 8, 1024), (
            calibration["device"]!.GetValue<string>(), calibration["context"]!.GetValue<int>(),
            calibration["windows"]!.GetValue<int>(), calibration["tokens"]!.GetValue<int>()));
        long peak = calibration["peakMemory"]!.GetValue<long>();
        Assert.InRange(peak, 128L << 20, 512L << 20);
        Tool text = await Tool.SucceedAsync(arguments);
        Assert.Contains(
            $"  calibration before: 8 windows of 128 tokens of calibration.txt on cpu, about {ByteSize.Format(peak)} of memory at most", text.Output);
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public async Task Solving_takes_more_memory_than_looking_and_more_text_more_than_less()
    {
        long looking = await PeakAsync("--method", "importance");
        long solving = await PeakAsync("--method", "gptq");
        long longer = await PeakAsync("--method", "gptq", "--calibration-tokens=8192");
        Assert.True(solving > looking + (1 << 20), $"{solving} and {looking}");
        Assert.True(longer > solving + (8 << 20), $"{longer} and {solving}");
    }

    [Theory]
    [InlineData("gguf", "q4_0")]
    [InlineData("gguf", "q4_k_m")]
    [InlineData("onnx", "int4")]
    public async Task The_plan_of_a_calibrated_output_is_right_to_the_byte(string format, string type)
    {
        string[] arguments = ["quantize", Sample, "--to", format, "-t", type, .. Text, "--device", "cpu", "-o", _temp.File("out"), "--json"];
        JsonNode plan = JsonNode.Parse((await Tool.SucceedAsync([.. arguments, "--dry-run"])).Output)!;
        JsonNode done = JsonNode.Parse((await Tool.SucceedAsync(arguments)).Output)!;
        Assert.Equal(Types(done), Types(plan));
        long[] sizes = [.. plan["files"]!.AsArray().Select(static f => f!["bytes"]!.GetValue<long>())];
        string[] files = format == "gguf"
            ? [_temp.File("out")]
            : [.. plan["files"]!.AsArray().Select(f => Path.Combine(_temp.File("out"), f!["name"]!.GetValue<string>()))];
        Assert.Equal(files.Select(static f => new FileInfo(f).Length), sizes);
    }

    [Fact]
    public async Task A_dry_run_leaves_what_an_interrupted_run_left()
    {
        string kept = _temp.File("m.gguf.partial.calibration/solved/layer-00000.rows");
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        File.WriteAllText(kept, "kept");
        await Tool.SucceedAsync(["quantize", Sample, .. Text, "-o", _temp.File("m.gguf"), "--dry-run"]);
        Assert.Equal("kept", File.ReadAllText(kept));
    }

    // The model is not even looked for.
    [Theory]
    [InlineData("tpu", "--device: 'tpu'; expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:", "--device: 'cuda:'; expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:99", "--device: cuda:99 cannot be used: ")]
    public async Task A_device_that_cannot_be_had_is_a_fault_of_the_command_line(string device, string message)
    {
        string[][] commands =
        [
            ["quantize", "none", .. Text, "-o", _temp.File("m.gguf")],
            ["quantize", "none", "--to", "onnx", .. Text, "-o", _temp.File("m")],
            ["calibrate", "none", "--data", "none", "-o", _temp.File("i.gguf")],
            ["evaluate", "none", "--data", "none"],
        ];
        foreach (string[] command in commands)
        {
            Tool run = await Tool.RunAsync([.. command, "--device", device]);
            Assert.Equal(ExitCode.Usage, run.Code);
            Assert.StartsWith($"modelpack: {message}", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_recipe_s_device_is_tried_before_anything_is_read_too()
    {
        Assert.SkipWhen(RunnerDevice.Prove("auto").Gpu is not null, "this machine has a GPU");
        File.WriteAllText(_temp.File("recipe.yaml"), "version: 1\ncalibration:\n  text: none.txt\ndevice: cuda\n");
        Tool run = await Tool.RunAsync("quantize", "none", "--recipe", _temp.File("recipe.yaml"), "-o", _temp.File("m.gguf"));
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.StartsWith("modelpack: --device: cuda:0 cannot be used: ", run.Error, StringComparison.Ordinal);
    }

    private async Task<long> PeakAsync(params string[] options)
    {
        string[] text = options is [.., var last] && last.StartsWith("--calibration-tokens", StringComparison.Ordinal) ? [.. Text[..2], "--context", "128"] : Text;
        Tool run = await Tool.SucceedAsync(["quantize", Sample, .. text, .. options, "--device", "cpu", "-o", _temp.File("m.gguf"), "--dry-run", "--json"]);
        return JsonNode.Parse(run.Output)!["calibration"]!["peakMemory"]!.GetValue<long>();
    }

    private static string[] Types(JsonNode document) =>
        [.. document["tensors"]!.AsArray().Select(static t => $"{t!["name"]} {t["type"]}")];
}
