using System.Text.Json;
using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Models.Checkpoints;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Onnx;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Tests.Models.Onnx.Export;
using ModelPack.Tests.Quantize.Onnx;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>The commands' folders, run by ONNX Runtime.</summary>
public sealed class OnnxFolderTests : IDisposable
{
    private static readonly string[] Fixtures = ["deepseekv3", "kimik2", "llama31", "minimaxm2", "qwen3", "qwen3moe", "trained-qwen3moe"];

    private readonly TempFolder _temp = new();

    public static TheoryData<string> Names { get; } = [.. Fixtures];

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_converted_folder_gives_the_logits_of_llama_cpp(string fixture)
    {
        await Tool.SucceedAsync("convert", SharedFolder.Require($"fixtures/{fixture}"), "--to", "onnx", "-t", "f32", "-o", _temp.File("m"));
        using FolderModel model = new(_temp.File("m"));
        foreach (GoldenLogits golden in GoldenLogits.Load(fixture))
        {
            golden.AssertNear(model.Logits(golden.Tokens), tolerance: 1e-3, share: 0.95);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_quantized_folder_computes_what_its_decoded_weights_do(string fixture)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        foreach (string[] options in (string[][])[["-t", "int8"], ["-t", "int4", "--block-size", "16"], ["-t", "int4", "--asymmetric"]])
        {
            await Tool.SucceedAsync(["quantize", source, "--to", "onnx", .. options, "--accuracy-level", "0", "-o", _temp.File("q"), "--overwrite"]);
            using Checkpoint checkpoint = Checkpoint.Open(source);
            OnnxOptions chosen = new()
            {
                Type = OnnxType.Parse(options[1]),
                BlockSize = options.Contains("--block-size") ? 16 : 32,
                Symmetric = !options.Contains("--asymmetric"),
                AccuracyLevel = 0,
            };
            OnnxPlan quantized = OnnxPlan.Create(checkpoint, _temp.File("q"), chosen);
            OnnxDecoder plain = OnnxExport.Create(checkpoint, OnnxExportOptions.Plain(OnnxElementType.Float));
            Dictionary<string, OnnxWeight> formats = quantized.Weights.ToDictionary(static w => w.Name, static w => w.Weight);
            OnnxDecoder decoded = plain with { Weights = [.. plain.Weights.Select(w => w with { Source = new RoundTrip(w.Source, formats[w.Values.Name].Format) })] };
            await OnnxExporter.RunAsync(
                OnnxPlan.Create(decoded, _temp.File("d"), chosen with { Type = OnnxType.F32 }), "d", [],
                new() { Overwrite = true }, null, TestContext.Current.CancellationToken);
            int[] tokens = GoldenLogits.Load(fixture)[0].Tokens[..12];
            using FolderModel actual = new(_temp.File("q"));
            using FolderModel expected = new(_temp.File("d"));
            Assert.InRange(Logits.Distance(expected.Logits(tokens), actual.Logits(tokens)), 0, 2e-5);
        }
    }

    [Fact]
    public async Task Experts_of_one_layer_may_have_different_types()
    {
        await Tool.SucceedAsync(
            "quantize", Sample, "--to", "onnx", "--rule", "layers.*.experts.{0,5}=int8", "--rule", "layers.1.experts.3=f32",
            "--accuracy-level", "0", "-o", _temp.File("mixed"));
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int8", "-o", _temp.File("int8"));
        using FolderModel mixed = new(_temp.File("mixed"));
        using FolderModel int8 = new(_temp.File("int8"));
        int[] tokens = [1, 5, 9, 200, 301, 44, 7];
        Assert.InRange(Logits.Distance(int8.Logits(tokens), mixed.Logits(tokens)), 1e-4, 0.5);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(_temp.File("mixed/modelpack.json")))!;
        string[] types = [.. manifest["tensors"]!.AsArray()
            .Where(static t => ((string?)t!["role"])?.StartsWith("layers.1.experts", StringComparison.Ordinal) == true)
            .Select(static t => $"{t!["type"]}: {string.Join(' ', t["experts"]!.AsArray())}")];
        Assert.Equal(["int8 g32 sym: 0 5", "int8 g32 sym: 0 5", "int4 g32 sym: 1 2 4 6 7", "int4 g32 sym: 1 2 4 6 7", "f32: 3", "f32: 3"], types);
    }

    [Fact]
    public async Task The_json_result_keeps_its_contract_and_the_dry_run_predicts_it()
    {
        Tool plan = await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-o", _temp.File("m"), "--dry-run", "--json");
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
        Tool run = await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-o", _temp.File("m"), "--json", "--measure-error");
        JsonElement planned = JsonDocument.Parse(plan.Output).RootElement;
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            ["schemaVersion", "output", "parts", "bytes", "bitsPerWeight", "seconds", "peakMemory", "tensors", "warnings"],
            result.EnumerateObject().Select(static p => p.Name));
        Assert.Equal(_temp.File("m"), result.GetProperty("output").GetString());
        Assert.Equal(Directory.GetFiles(_temp.File("m")).Sum(static f => new FileInfo(f).Length), result.GetProperty("bytes").GetInt64());
        foreach (JsonElement file in planned.GetProperty("files").EnumerateArray())
        {
            Assert.Equal(file.GetProperty("bytes").GetInt64(), new FileInfo(_temp.File($"m/{file.GetProperty("name").GetString()}")).Length);
        }

        JsonElement[] tensors = [.. result.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(planned.GetProperty("tensors").GetArrayLength(), tensors.Length);
        JsonElement experts = tensors.Single(static t => t.GetProperty("name").GetString() == "layers.1.experts.gate_up.weight");
        Assert.Equal(("int4 g32 sym", "rtn"), (experts.GetProperty("type").GetString(), experts.GetProperty("method").GetString()));
        Assert.InRange(experts.GetProperty("relativeError").GetDouble(), 0.05, 0.12);
        Assert.Contains("4-bit experts", result.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("warning: layers.*.experts: 4-bit experts", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_prints_the_plan()
    {
        Tool run = await Tool.SucceedAsync(
            "quantize", Sample, "--to", "onnx", "-o", _temp.File("m"), "--rule", "layers.0.experts.{0,5}=int8", "--threads", "2", "--dry-run");
        Snapshot.Match(run.Output.Replace(_temp.Path, "FOLDER", StringComparison.Ordinal).Replace(Sample, "SAMPLE", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public async Task A_killed_run_is_resumed_to_the_same_bytes()
    {
        // Twice the threads, a split output and little memory change nothing either.
        string[] command = ["quantize", Sample, "--to", "onnx", "-t", "int8", "--split-max-size", "2MB", "-o", _temp.File("m")];
        await Tool.SucceedAsync([.. command, "--threads", "1"]);
        string[] expected = Hashes(_temp.File("m"));
        Assert.Contains(expected, static h => h.StartsWith("model.onnx.data.2 ", StringComparison.Ordinal));
        Directory.Delete(_temp.File("m"), recursive: true);
        using (ToolProcess killed = ToolProcess.Start([.. command, "--threads", "1", "--memory", "1KiB"]))
        {
            SpinWait.SpinUntil(() => File.Exists(_temp.File("m.partial/model.onnx.data")) || killed.HasExited, TimeSpan.FromSeconds(60));
            killed.Kill();
            await killed.WaitAsync();
        }

        if (!Directory.Exists(_temp.File("m")))
        {
            Assert.True(Directory.Exists(_temp.File("m.partial")));
            await Tool.SucceedAsync([.. command, "--threads", "4", "--resume"]);
        }

        Assert.Equal(expected, Hashes(_temp.File("m")));
        Assert.Equal([_temp.File("m")], Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public async Task Verify_says_what_is_wrong_and_exits_with_1()
    {
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int8", "-o", _temp.File("m"));
        File.Delete(_temp.File("m/tokenizer.json"));
        byte[] data = File.ReadAllBytes(_temp.File("m/model.onnx.data"));
        data[^1] ^= 1;
        File.WriteAllBytes(_temp.File("m/model.onnx.data"), data);
        Tool run = await Tool.RunAsync("verify", _temp.File("m"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("tokenizer.json: no such file; ONNX Runtime GenAI reads its tokenizer from it [missing]", run.Output, StringComparison.Ordinal);
        Assert.Contains("model.onnx.data: SHA-256 ", run.Output, StringComparison.Ordinal);
        run = await Tool.RunAsync("verify", _temp.File("m"), "--json");
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((1, 1, false), (run.Code, document.GetProperty("schemaVersion").GetInt32(), document.GetProperty("valid").GetBoolean()));
        Assert.Contains("hash", document.GetProperty("findings").EnumerateArray().Select(static f => f.GetProperty("code").GetString()));
        run = await Tool.RunAsync("verify", _temp.File("none"));
        Assert.Equal((ExitCode.Failure, ""), (run.Code, run.Output));
    }

    [Theory]
    [InlineData("--to onnx -t q4_k_m", 2, "--type: 'q4_k_m' is a type of GGUF; ONNX has f32, f16, int8, int4")]
    [InlineData("--to onnx --rule layers.0=q6_k", 2, "--rule: rule 'layers.0=q6_k': column 10: 'q6_k' is a type of GGUF; ONNX has f32, f16, int8, int4")]
    [InlineData("--to onnx --rule layers.9=int8", 1, "rule 'layers.9=int8': matches no tensor")]
    [InlineData("--to onnx --pre-tokenizer qwen2", 2, "--pre-tokenizer: only for --to gguf")]
    [InlineData("--to onnx --accuracy-level 5", 2, "--accuracy-level: '5'; expected a whole number from 0 to 4")]
    [InlineData("--asymmetric", 2, "--asymmetric: only for --to onnx")]
    [InlineData("--provider cuda", 2, "--provider: only for --to onnx")]
    public async Task What_does_not_go_together_is_said(string options, int code, string message)
    {
        Tool run = await Tool.RunAsync(["quantize", Sample, "-o", _temp.File("m"), .. options.Split(' ')]);
        Assert.Equal(code, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }

    [Fact]
    public async Task A_gguf_file_is_no_source_of_an_onnx_folder()
    {
        string file = _temp.Write("m.gguf", "GGUF"u8);
        Tool run = await Tool.RunAsync("quantize", file, "--to", "onnx");
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("m.gguf: is a file; --to onnx reads checkpoint folders only", run.Error, StringComparison.Ordinal);
    }

    private static string[] Hashes(string folder) =>
        [.. Directory.GetFiles(folder).Order().Select(static f => $"{Path.GetFileName(f)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];

    /// <summary>A source as it reads back from a format.</summary>
    private sealed class RoundTrip(TensorSource source, OnnxWeightFormat format) : TensorSource(source.Rows, source.Columns)
    {
        public override DType NaturalType => DType.F32;

        public override void Read(long firstRow, Span<float> destination)
        {
            source.Read(firstRow, destination);
            if (format is OnnxWeightFormat.Blocks blocks)
            {
                BlockGrid grid = new(blocks, Columns);
                int rows = destination.Length / Columns;
                byte[] values = new byte[rows * grid.ValueBytes];
                byte[] scales = new byte[rows * grid.ScaleBytes];
                byte[] zeros = new byte[rows * grid.ZeroBytes];
                BlocksKernel.Variants[0].Encode(destination, grid, [], values, scales, zeros);
                BlocksDecoder.Decode(values, scales, zeros, grid, destination);
            }
        }
    }
}
