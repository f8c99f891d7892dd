using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntimeGenAI;
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
public sealed class OnnxExportCommandTests : IDisposable
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
        await Tool.SucceedAsync("convert", AsLlamaCpp(fixture), "--to", "onnx", "-t", "f32", "-o", _temp.File("m"));
        await Tool.SucceedAsync("verify", _temp.File("m"));
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
            using Checkpoint checkpoint = Checkpoint.Open(source, TestContext.Current.CancellationToken);
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
    public async Task An_importance_matrix_of_llama_cpp_is_used_for_every_weight_that_has_an_entry()
    {
        string source = SharedFolder.Require("fixtures/trained-qwen3moe");
        string matrix = Path.Combine(source, "golden", "imatrix.gguf");
        await Tool.SucceedAsync("quantize", source, "--to", "onnx", "-o", _temp.File("plain"));
        Tool run = await Tool.SucceedAsync("quantize", source, "--to", "onnx", "--imatrix", matrix, "-o", _temp.File("weighted"), "--json");
        JsonElement[] tensors = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("tensors").EnumerateArray()
            .Where(static t => t.GetProperty("name").GetString()!.StartsWith("layers.", StringComparison.Ordinal)
                && t.GetProperty("type").GetString()!.StartsWith("int", StringComparison.Ordinal))];
        Assert.All(tensors, static t => Assert.Equal("importance", t.GetProperty("method").GetString()));
        Assert.DoesNotContain(_temp.Path, File.ReadAllText(_temp.File("weighted/modelpack.json")), StringComparison.Ordinal);

        // Nearer to what float32 computes, on text like that of the calibration.
        await Tool.SucceedAsync("convert", source, "--to", "onnx", "-t", "f32", "-o", _temp.File("f32"));
        int[] tokens = GoldenLogits.Load("trained-qwen3moe")[0].Tokens;
        using FolderModel exact = new(_temp.File("f32"));
        using FolderModel plain = new(_temp.File("plain"));
        using FolderModel weighted = new(_temp.File("weighted"));
        float[] logits = exact.Logits(tokens);
        double before = Logits.Distance(logits, plain.Logits(tokens));
        double after = Logits.Distance(logits, weighted.Logits(tokens));
        Assert.True(after < before, $"{before} without, {after} with importance");
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
    public async Task A_folder_is_sound_as_it_is_written_and_runs_as_the_documentation_says()
    {
        await Tool.SucceedAsync("quantize", Sample, "--to", "onnx", "-t", "int8", "--split-max-size", "2MB", "-o", _temp.File("m"));
        Tool run = await Tool.SucceedAsync("verify", _temp.File("m"));
        Assert.StartsWith($"{_temp.File("m")}: sound; ", run.Output, StringComparison.Ordinal);
        GenAi.Load(_temp.File("m")).Dispose();
        Assert.NotEqual("", Answer(_temp.File("m")));
    }

    [Fact]
    public void The_program_in_the_documentation_is_the_one_that_was_run()
    {
        string text = File.ReadAllText(RepositoryFolder.Join("docs", "onnx.md")).ReplaceLineEndings("\n");
        int start = text.IndexOf("```csharp\n", StringComparison.Ordinal);
        string[] documented = [.. text[start..text.IndexOf("```\n", start + 4, StringComparison.Ordinal)].Split('\n').Select(static l => l.Trim())
            .Where(static l => l.Length > 0 && !l.StartsWith("```", StringComparison.Ordinal) && !l.StartsWith("using Microsoft", StringComparison.Ordinal))
            .Select(static l => l.Replace("\"Qwen3-30B-A3B-int4-onnx\"", "folder", StringComparison.Ordinal)
                .Replace("Console.WriteLine(tokenizer.Decode(generator.GetSequence(0)));", "return tokenizer.Decode(generator.GetSequence(0));", StringComparison.Ordinal))];
        string source = File.ReadAllText(RepositoryFolder.Join("tests", "ModelPack.Tests", "EndToEnd", "OnnxExportCommandTests.cs")).ReplaceLineEndings("\n");
        start = source.LastIndexOf("private static string Answer(", StringComparison.Ordinal);
        string[] run = [.. source[start..].Split('\n').Skip(2).Select(static l => l.Trim()).Where(static l => l.Length > 0)];
        Assert.Equal(documented, run.Take(documented.Length));
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
        Assert.Equal(ExitCode.PolicyViolation, run.Code);
        Assert.Contains("tokenizer.json: no such file; ONNX Runtime GenAI reads its tokenizer from it [missing]", run.Output, StringComparison.Ordinal);
        Assert.Contains("model.onnx.data: SHA-256 ", run.Output, StringComparison.Ordinal);
        run = await Tool.RunAsync("verify", _temp.File("m"), "--json");
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((ExitCode.PolicyViolation, 1, false), (run.Code, document.GetProperty("schemaVersion").GetInt32(), document.GetProperty("valid").GetBoolean()));
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

    private static string Answer(string folder)
    {
        using Model model = new(folder);
        using Tokenizer tokenizer = new(model);
        using GeneratorParams options = new(model);
        options.SetSearchOption("max_length", 512);
        using Generator generator = new(model, options);
        using Sequences prompt = tokenizer.Encode(
            tokenizer.ApplyChatTemplate(null, """[{"role": "user", "content": "Who are you?"}]""", null, true));
        generator.AppendTokenSequences(prompt);
        while (!generator.IsDone())
        {
            generator.GenerateNextToken();
        }

        return tokenizer.Decode(generator.GetSequence(0));
    }

    /// <summary>llama.cpp takes 32 for YaRN's beta_fast whatever the file says; Kimi K2's config says 1.</summary>
    private string AsLlamaCpp(string fixture)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        if (fixture != "kimik2")
        {
            return source;
        }

        string copy = Directory.CreateDirectory(_temp.File("kimik2")).FullName;
        foreach (string file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string config = File.ReadAllText(Path.Combine(copy, "config.json"));
        Assert.Contains("\"beta_fast\": 1.0", config, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(copy, "config.json"), config.Replace("\"beta_fast\": 1.0", "\"beta_fast\": 32.0", StringComparison.Ordinal));
        return copy;
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
