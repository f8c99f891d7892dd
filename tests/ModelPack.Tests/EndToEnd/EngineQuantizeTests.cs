using System.Text.Json.Nodes;
using ModelPack.Cli;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Quantize.Weights;
using ModelPack.Runtime.Solving;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>quantize --calibration with the solver's products in ONNX Runtime, as on a GPU, but on its CPU provider.</summary>
public sealed class EngineQuantizeTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly ITestOutputHelper _output;

    public EngineQuantizeTests(ITestOutputHelper output) => _output = output;

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    private static string[] Text => ["--calibration", Path.Combine(Sample, "calibration.txt"), "--calibration-tokens", "2048"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("q4_0")]
    [InlineData("q4_k_m")]
    [InlineData("q8_0")]
    public async Task A_gguf_is_as_good_as_the_CPU_s(string type)
    {
        string[] arguments = ["quantize", Sample, "-t", type, .. Text, "--json", "-o"];
        Tool cpu = await Tool.SucceedAsync([.. arguments, _temp.File("cpu.gguf")]);
        Tool ort = await WithEngineAsync([.. arguments, _temp.File("ort.gguf"), "--verbosity", "detailed"]);
        Assert.Contains("the solver's products run on cpu", ort.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the solver's products run on", cpu.Error, StringComparison.Ordinal);
        AssertAlike(cpu, ort);
        AssertFirstWeightsAreTheSame();
    }

    [Fact]
    public async Task An_onnx_folder_is_as_good_as_the_CPU_s_and_sound()
    {
        string[] arguments = ["quantize", Sample, "--to", "onnx", "--block-size", "128", .. Text, "--json", "-o"];
        Tool cpu = await Tool.SucceedAsync([.. arguments, _temp.File("cpu")]);
        Tool ort = await WithEngineAsync([.. arguments, _temp.File("ort")]);
        AssertAlike(cpu, ort);
        await Tool.SucceedAsync("verify", _temp.File("ort"));
    }

    [Fact]
    public async Task What_an_engine_began_is_not_continued_without_one()
    {
        string[] arguments = ["quantize", Sample, .. Text, "-o", _temp.File("m.gguf")];
        using (CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        {
            string index = _temp.File("m.gguf.partial.calibration/solved/layer-00001.json");
            using StringWriter output = new();
            Task<int> run = WithEngineAsync(() => Program.RunAsync(arguments, output, output, stop.Token));
            while (!run.IsCompleted && !File.Exists(index))
            {
                await Task.Delay(2, TestContext.Current.CancellationToken);
            }

            await stop.CancelAsync();
            int code = await run;
            Assert.SkipWhen(code == ExitCode.Success, "the run was over before it could be stopped");
            Assert.Equal(ExitCode.Cancelled, code);
        }

        Tool other = await Tool.RunAsync([.. arguments, "--resume"]);
        Assert.Equal(ExitCode.Failure, other.Code);
        Assert.Contains("is the state of another run", other.Error, StringComparison.Ordinal);
        await WithEngineAsync([.. arguments, "--resume"]);
        await WithEngineAsync([.. arguments[..^1], _temp.File("whole.gguf")]);
        Assert.Equal(File.ReadAllBytes(_temp.File("whole.gguf")), File.ReadAllBytes(_temp.File("m.gguf")));
    }

    private static async Task<Tool> WithEngineAsync(string[] arguments) => await WithEngineAsync(() => Tool.SucceedAsync(arguments));

    // The switch ends with this method: the test that calls it has its own.
    private static async Task<T> WithEngineAsync<T>(Func<Task<T>> run)
    {
        OrtMatrixEngine.OnCpuToo.Value = true;
        return await run();
    }

    // A code that a last digit turns over at a tie takes the rest of its row along, and changes what enters later layers, where more codes
    // turn over: with --shrinkage 1.000001 in place of 1, the CPU agrees with itself in 83 % of the bytes of q4_0. The loss stays.
    private void AssertAlike(Tool cpu, Tool ort)
    {
        (double[] wanted, double[] found) = (Errors(cpu), Errors(ort));
        double ratio = found.Sum() / wanted.Sum();
        _output.WriteLine($"relative error {ratio:F6} times the CPU's");
        Assert.NotEmpty(wanted);
        Assert.Equal(wanted.Length, found.Length);
        Assert.InRange(ratio, 0.99, 1.01);
    }

    private static double[] Errors(Tool run) =>
    [
        .. JsonNode.Parse(run.Output)!["tensors"]!.AsArray()
            .Where(static t => t!["method"]?.GetValue<string>() == "gptq")
            .Select(static t => t!["relativeError"]!.GetValue<double>()),
    ];

    // What the first layer's attention sees does not depend on codes yet.
    private void AssertFirstWeightsAreTheSame()
    {
        using GgufFile cpu = GgufFile.Open(_temp.File("cpu.gguf"));
        using GgufFile ort = GgufFile.Open(_temp.File("ort.gguf"));
        foreach ((GgufTensorInfo one, GgufTensorInfo other) in cpu.Tensors.Zip(ort.Tensors))
        {
            (float[] wanted, float[] found) = (new float[one.Count], new float[other.Count]);
            Read(cpu, one, wanted);
            Read(ort, other, found);
            double share = wanted.Zip(found).Count(static p => p.First == p.Second) / (double)wanted.Length;
            _output.WriteLine($"{one.Name}: {share:P3} the same");
            bool isFirst = one.Name is "blk.0.attn_q.weight" or "blk.0.attn_k.weight" or "blk.0.attn_v.weight";
            Assert.True(!isFirst || share >= 0.999, $"{one.Name}: {share:P3} the same");
        }
    }

    private static void Read(GgufFile file, GgufTensorInfo tensor, float[] values)
    {
        TensorSource source = GgufModelWeights.Open(file, tensor);
        source.Read(0, values);
    }
}
