using System.Text;
using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Models.Gguf;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>quantize --recipe: the same as options, and methods of some weights.</summary>
public sealed class RecipeTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    private static string Few => "calibration: {text: calibration.txt, tokens: 1024, context: 256}\n";

    private static string[] FewOptions => ["--calibration", Path.Combine(Sample, "calibration.txt"), "--calibration-tokens", "1024", "--context", "256"];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task A_recipe_gives_the_bytes_of_its_options_and_reads_paths_from_its_own_folder()
    {
        string recipe = Write("type: q4_0\nrules: ['layers.0.experts.*.down=q8_0']\nmethod: gptq\nmax-fallback: 100\n" + Few);
        await Tool.SucceedAsync("quantize", Sample, "--recipe", recipe, "-o", _temp.File("recipe.gguf"));
        await Tool.SucceedAsync(
            ["quantize", Sample, "-t", "q4_0", "--rule", "layers.0.experts.*.down=q8_0", "--method", "gptq", "--max-fallback", "100", .. FewOptions, "-o", _temp.File("options.gguf")]);
        Assert.Equal(File.ReadAllBytes(_temp.File("options.gguf")), File.ReadAllBytes(_temp.File("recipe.gguf")));
    }

    [Fact]
    public async Task A_recipe_for_onnx_gives_the_bytes_of_its_options()
    {
        string recipe = Write("to: onnx\ntype: int4\nblock-size: 128\nasymmetric: true\naccuracy-level: 0\nrules: ['layers.1.experts.*=int8']\n");
        await Tool.SucceedAsync("quantize", Sample, "--recipe", recipe, "-o", _temp.File("recipe"));
        await Tool.SucceedAsync(
            "quantize", Sample, "--to", "onnx", "-t", "int4", "--block-size", "128", "--asymmetric", "--accuracy-level", "0", "--rule", "layers.1.experts.*=int8", "-o", _temp.File("options"));
        string[] files = [.. Directory.GetFiles(_temp.File("options")).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(files, Directory.GetFiles(_temp.File("recipe")).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(_temp.File($"options/{f}")), File.ReadAllBytes(_temp.File($"recipe/{f}"))));
    }

    [Fact]
    public async Task Options_on_the_command_line_win()
    {
        string recipe = Write("to: onnx\ntype: int8\nrules: ['layers.0.attention=f16']\nbudget: 1GB\n");
        Tool run = await Tool.SucceedAsync(
            "quantize", "--recipe", recipe, "--to", "gguf", "-t", "q4_0", "--rule", "layers.0.attention.q=q8_0", "--imatrix", await ImatrixAsync(),
            "--bits-per-weight", "8", "--dry-run", "--json", "--", Sample);
        JsonArray tensors = JsonNode.Parse(run.Output)!["tensors"]!.AsArray();
        Assert.Equal("Q8_0", Find(tensors, "blk.0.attn_q.weight")["type"]!.GetValue<string>());
        Assert.Equal("F16", Find(tensors, "blk.0.attn_k.weight")["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Methods_of_some_weights_show_in_the_result_and_in_the_file()
    {
        string recipe = Write("type: q4_0\nmax-fallback: 100\nmethods:\n  'layers.*.attention': importance\n  'layers.0': rtn\n" + Few);
        Tool run = await Tool.SucceedAsync("quantize", Sample, "--recipe", recipe, "-o", _temp.File("mixed.gguf"), "--json");
        JsonArray tensors = JsonNode.Parse(run.Output)!["tensors"]!.AsArray();
        Assert.Equal("importance", MethodOf(tensors, "blk.0.attn_q.weight"));
        Assert.Equal("importance", MethodOf(tensors, "blk.1.attn_output.weight"));
        Assert.Equal("rtn", MethodOf(tensors, "blk.0.ffn_down_exps.weight"));
        Assert.Equal("gptq", MethodOf(tensors, "blk.1.ffn_down_exps.weight"));

        // What is rounded has the codes of a plain run; what is solved, or rounded by importance, has others.
        await Tool.SucceedAsync("quantize", Sample, "-t", "q4_0", "-o", _temp.File("plain.gguf"));
        using GgufFile mixed = GgufFile.Open(_temp.File("mixed.gguf"));
        using GgufFile plain = GgufFile.Open(_temp.File("plain.gguf"));
        Assert.Equal("gptq; layers.*.attention: importance; layers.0: rtn", mixed.Metadata["quantize.method"].AsString());
        Assert.Equal(Bytes(plain, "blk.0.ffn_down_exps.weight"), Bytes(mixed, "blk.0.ffn_down_exps.weight"));
        Assert.NotEqual(Bytes(plain, "blk.0.attn_q.weight"), Bytes(mixed, "blk.0.attn_q.weight"));
        Assert.NotEqual(Bytes(plain, "blk.1.ffn_down_exps.weight"), Bytes(mixed, "blk.1.ffn_down_exps.weight"));
    }

    [Fact]
    public async Task Methods_of_some_weights_show_in_an_onnx_folder()
    {
        string recipe = Write("to: onnx\nmax-fallback: 100\nmethods:\n  'layers.0.experts.*': rtn\n  'layers.1.experts': importance\n" + Few);
        await Tool.SucceedAsync("quantize", Sample, "--recipe", recipe, "-o", _temp.File("mixed"));
        await Tool.SucceedAsync("verify", _temp.File("mixed"));
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(_temp.File("mixed/modelpack.json")))!;
        Assert.Equal("gptq; layers.0.experts.*: rtn; layers.1.experts: importance", manifest["options"]!["calibration"]!["method"]!.GetValue<string>());
        (string Name, string Method)[] tensors =
            [.. manifest["tensors"]!.AsArray().Select(static t => (t!["name"]!.GetValue<string>(), t["method"]!.GetValue<string>()))];
        Assert.All(tensors.Where(static t => t.Name.Contains("layers.0.", StringComparison.Ordinal) && t.Name.Contains("experts", StringComparison.Ordinal)), static t => Assert.Equal("rtn", t.Method));
        Assert.All(tensors.Where(static t => t.Name.Contains("layers.1.", StringComparison.Ordinal) && t.Name.Contains("experts", StringComparison.Ordinal)), static t => Assert.Equal("importance", t.Method));
        Assert.Equal(["copy", "gptq", "importance", "rtn"], tensors.Select(static t => t.Method).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_text_methods_choose_between_rounding_and_the_matrix()
    {
        string recipe = Write("type: q4_0\nmethods: {layers.0: rtn}\n");
        Tool run = await Tool.SucceedAsync("quantize", Sample, "--recipe", recipe, "--imatrix", await ImatrixAsync(), "-o", _temp.File("m.gguf"), "--json");
        JsonArray tensors = JsonNode.Parse(run.Output)!["tensors"]!.AsArray();
        Assert.Equal(("rtn", "importance"), (MethodOf(tensors, "blk.0.attn_q.weight"), MethodOf(tensors, "blk.1.attn_q.weight")));
    }

    [Theory]
    [InlineData("method: gptq\n", "--method gptq: needs --calibration")]
    [InlineData("methods: {layers.0: gptq}\n", "methods: 'layers.0: gptq': needs --calibration TEXT")]
    [InlineData("methods: {layers.0: importance}\n", "methods: 'layers.0: importance': needs --calibration TEXT or --imatrix FILE")]
    [InlineData("block-size: 32\n", "--block-size: only for --to onnx")]
    [InlineData("budget: 1GB\n", "--budget: needs --calibration")]
    [InlineData("device: cpu\n", "--device: only with --calibration")]
    [InlineData("method: rtn\ncalibration: {text: calibration.txt}\n", "--calibration: --method rtn has no use for it")]
    public async Task What_contradicts_itself_is_a_fault_of_usage(string yaml, string message)
    {
        Tool run = await Tool.RunAsync("quantize", Sample, "--recipe", Write(yaml), "-o", _temp.File("m.gguf"));
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("methods:\n  'layers.0': x\n", "recipe.yml:3:15: methods: 'x' is no method; expected rtn, importance or gptq")]
    [InlineData("methods:\n  'layers.9': rtn\n", "rule 'layers.9: rtn': matches no tensor; the nearest names are ")]
    [InlineData("methods:\n  'layers.0.experts.3': rtn\n", "methods: 'layers.0.experts.3': layers.0.experts.0.")]
    public async Task A_broken_recipe_fails(string yaml, string message)
    {
        Tool run = await Tool.RunAsync("quantize", Sample, "--recipe", Write(yaml), "--imatrix", await ImatrixAsync(), "-o", _temp.File("m.gguf"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_temp.File("m.gguf")));
    }

    private static byte[] Bytes(GgufFile file, string name)
    {
        GgufTensorInfo tensor = file.Tensors.Single(t => t.Name == name);
        byte[] bytes = new byte[tensor.Bytes];
        file.ReadBytes(tensor, 0, bytes);
        return bytes;
    }

    private static JsonNode Find(JsonArray tensors, string name) => tensors.First(t => t!["name"]!.GetValue<string>() == name)!;

    private static string MethodOf(JsonArray tensors, string name) => Find(tensors, name)["method"]!.GetValue<string>();

    private async Task<string> ImatrixAsync()
    {
        string file = _temp.File("im.gguf");
        await Tool.SucceedAsync("calibrate", Sample, "--data", Path.Combine(Sample, "calibration.txt"), "--tokens", "1024", "--context", "256", "-o", file);
        return file;
    }

    private string Write(string yaml)
    {
        File.Copy(Path.Combine(Sample, "calibration.txt"), _temp.File("calibration.txt"), overwrite: true);
        return _temp.Write("recipe.yml", Encoding.UTF8.GetBytes("version: 1\n" + yaml));
    }
}
