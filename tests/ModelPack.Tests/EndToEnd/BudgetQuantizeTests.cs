using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>quantize --budget and --bits-per-weight with a text, from the sample and the fixtures.</summary>
public sealed class BudgetQuantizeTests : IDisposable
{
    private readonly TempFolder _temp = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    // Few tokens in short windows: what is bought need not be good here.
    private static string[] Text => ["--calibration", Path.Combine(Sample, "calibration.txt"), "--calibration-tokens", "768", "--context", "128"];

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("importance", "gguf", "--bits-per-weight", "5.0")]
    [InlineData("importance", "gguf", "--budget", "3500000")]
    [InlineData("importance", "onnx", "--bits-per-weight", "5.5")]
    [InlineData("importance", "onnx", "--budget", "5600000")]
    [InlineData("gptq", "gguf", "--bits-per-weight", "5.0")]
    [InlineData("gptq", "gguf", "--budget", "3500000")]
    [InlineData("gptq", "onnx", "--bits-per-weight", "5.5")]
    [InlineData("gptq", "onnx", "--budget", "5600000")]
    public async Task A_budget_is_kept_and_used(string method, string format, string option, string value)
    {
        Tool run = await Tool.SucceedAsync(
            ["quantize", Sample, "--to", format, .. Text, "--method", method, option, value, "-o", _temp.File("m"), "--json"]);
        using JsonDocument document = JsonDocument.Parse(run.Output);
        double used = option == "--budget"
            ? document.RootElement.GetProperty("bytes").GetInt64() / double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)
            : document.RootElement.GetProperty("bitsPerWeight").GetDouble() / double.Parse(value, System.Globalization.CultureInfo.InvariantCulture);

        Assert.InRange(used, 0.99, 1);
        JsonElement budget = document.RootElement.GetProperty("budget");
        Assert.InRange(budget.GetProperty("share").GetDouble(), 0.99, 1);
        Assert.True(budget.GetProperty("items").EnumerateArray().Sum(static i => i.GetProperty("savedLoss").GetDouble()) > 0);
        Assert.Equal(
            budget.GetProperty("predictedLoss").GetDouble(),
            budget.GetProperty("items").EnumerateArray().Sum(static i => i.GetProperty("loss").GetDouble()),
            1e-9);
    }

    [Theory]
    [InlineData("gguf", "5.0")]
    [InlineData("onnx", "4.9")]
    public async Task What_solving_takes_back_is_not_bought_and_a_dry_run_plans_what_the_run_writes(string format, string bits)
    {
        string[] block = format == "onnx" ? ["--block-size", "128"] : [];
        string[] arguments = ["quantize", Sample, "--to", format, .. block, .. Text, "--bits-per-weight", bits, "-o", _temp.File("m"), "--json"];
        using JsonDocument planned = JsonDocument.Parse((await Tool.SucceedAsync([.. arguments, "--dry-run"])).Output);
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
        using JsonDocument solved = JsonDocument.Parse((await Tool.SucceedAsync(arguments)).Output);
        Assert.Equal(planned.RootElement.GetProperty("bitsPerWeight").GetDouble(), solved.RootElement.GetProperty("bitsPerWeight").GetDouble(), 1e-9);
        using JsonDocument rounded = JsonDocument.Parse((await Tool.SucceedAsync([.. arguments, "--method", "importance", "--overwrite"])).Output);

        // What every item could save is less, in all much less: these inputs are correlated.
        (string Name, double Loss)[] left = Least(solved);
        (string Name, double Loss)[] before = Least(rounded);
        Assert.Equal(before.Select(static i => i.Name), left.Select(static i => i.Name));
        Assert.All(left.Zip(before), static p => Assert.True(p.First.Loss < 1.02 * p.Second.Loss, $"{p}"));
        Assert.InRange(left.Sum(static i => i.Loss) / before.Sum(static i => i.Loss), 0.2, 0.9);

        static (string, double)[] Least(JsonDocument document) =>
        [
            .. document.RootElement.GetProperty("budget").GetProperty("items").EnumerateArray()
                .Select(static i => (i.GetProperty("name").GetString()!, i.GetProperty("loss").GetDouble() + i.GetProperty("savedLoss").GetDouble())),
        ];
    }

    [Theory]
    [InlineData("deepseekv3")]
    [InlineData("kimik2")]
    [InlineData("llama31")]
    [InlineData("minimaxm2")]
    [InlineData("qwen3")]
    [InlineData("qwen3moe")]
    public async Task Every_family_has_a_plan_within_a_budget(string fixture)
    {
        string source = SharedFolder.Require($"fixtures/{fixture}");
        foreach (string format in (string[])["gguf", "onnx"])
        {
            Tool run = await Tool.SucceedAsync(
                ["quantize", source, "--to", format, .. Text[..2], "--calibration-tokens", "256", "--context", "64",
                    "--bits-per-weight", "7.5", "-o", _temp.File("m"), "--dry-run"]);
            Assert.Contains("budget", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_budget_that_cannot_be_met_says_what_is_the_least()
    {
        Tool run = await Tool.RunAsync(
            ["quantize", Sample, .. Text, "--method", "rtn", "--budget", "1MB", "-o", _temp.File("m.gguf")]);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("--budget 1000000 bytes: the smallest output that the types allow has ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_temp.Path));
    }
}
