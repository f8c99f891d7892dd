using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class EvaluateCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_json_result_keeps_its_contract()
    {
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", _folder.File("q8.gguf"));
        await Tool.SucceedAsync("quantize", Sample, "-t", "q4_0", "-o", _folder.File("q4.gguf"));
        JsonElement alone = await EvaluateAsync(_folder.File("q8.gguf"));
        string[] common = ["schemaVersion", "model", "data", "device", "context", "windows", "tokens", "perplexity", "perplexityError", "bytes", "bitsPerWeight"];
        Assert.Equal([.. common, "seconds", "peakMemory"], Names(alone));
        JsonElement compared = await EvaluateAsync(
            _folder.File("q8.gguf"), "--reference", Sample, "--variant", $"four={_folder.File("q4.gguf")}", "--html", _folder.File("r.html"));
        Assert.Equal([.. common, "reference", "variants", "html", "seconds", "peakMemory"], Names(compared));
        string[] numbers = ["perplexity", "meanKld", "medianKld", "p99Kld", "maxKld", "topTokenAgreement"];
        Assert.Equal(numbers, Names(compared.GetProperty("reference")));
        JsonElement variant = Assert.Single(compared.GetProperty("variants").EnumerateArray());
        Assert.Equal(["name", "model", "bytes", "bitsPerWeight", "perplexity", "perplexityError", "reference"], Names(variant));
        Assert.Equal(("four", "q4.gguf"), (variant.GetProperty("name").GetString(), variant.GetProperty("model").GetString()));

        // 8 bits lose less than 4, and a model is the same whether it is compared or not.
        Assert.Equal(alone.GetProperty("perplexity").GetDouble(), compared.GetProperty("perplexity").GetDouble(), 4);
        Assert.True(10 * compared.GetProperty("reference").GetProperty("meanKld").GetDouble() < variant.GetProperty("reference").GetProperty("meanKld").GetDouble());
        Assert.Equal(8.5, compared.GetProperty("bitsPerWeight").GetDouble(), 0.1);

        string page = File.ReadAllText(_folder.File("r.html"));
        Assert.Contains("Error of the weights", page);
        Assert.Contains("Tokens of each expert", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotMatch("(src|href)=", page);
    }

    [Fact]
    public async Task A_checkpoint_beside_itself_shows_no_difference()
    {
        JsonElement result = await EvaluateAsync(Sample, "--reference", Sample);
        JsonElement reference = result.GetProperty("reference");
        Assert.Equal((0.0, 1.0), (reference.GetProperty("meanKld").GetDouble(), reference.GetProperty("topTokenAgreement").GetDouble()));
    }

    [Fact]
    public async Task The_table_for_people_has_every_model()
    {
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", _folder.File("q8.gguf"));
        Tool run = await Tool.SucceedAsync(
            "evaluate", Sample, "--reference", Sample, "--variant", $"eight={_folder.File("q8.gguf")}", "--data", Text(), "--context", "64", "--chunks", "2", "--device", "cpu");
        string[] lines = run.Output.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("model                           size   bits  perplexity      ±   mean KLD    p99 KLD  same top", lines[0]);
        Assert.StartsWith("tiny-qwen3moe (reference)", lines[1]);
        Assert.StartsWith("tiny-qwen3moe  ", lines[2]);
        Assert.StartsWith("eight  ", lines[3]);
        Assert.Equal("62 scored tokens in 2 windows of 64 of text.txt", lines[5]);
        Assert.Contains("evaluate: 100.0 %  384 tokens of 384 tokens", run.Error);
    }

    [Fact]
    public async Task A_reference_with_another_tokenizer_is_refused()
    {
        RandomCheckpoint.Write(_folder.File("other"), RandomModel.TinyMoe);
        Tool run = await Tool.RunAsync("evaluate", Sample, "--reference", _folder.File("other"), "--data", Text(), "--context", "64", "--device", "cpu");
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("other: its tokenizer makes other tokens of the text than that of tiny-qwen3moe: token ", run.Error);
    }

    [Fact]
    public async Task A_variant_with_another_vocabulary_is_refused()
    {
        RandomCheckpoint.Write(_folder.File("other"), RandomModel.TinyMoe);
        Tool run = await Tool.RunAsync(
            "evaluate", Sample, "--reference", Sample, "--variant", $"other={_folder.File("other")}", "--data", Text(), "--context", "64", "--chunks", "1", "--device", "cpu");
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("other: 512 tokens in the vocabulary; expected the ", run.Error);
    }

    [Theory]
    [InlineData("", "text.txt: no text in it")]
    [InlineData("Few words.", "tokens of one window (--context)")]
    public async Task A_text_that_fills_no_window_is_refused(string content, string message)
    {
        File.WriteAllText(_folder.File("text.txt"), content);
        Tool run = await Tool.RunAsync("evaluate", Sample, "--data", _folder.File("text.txt"), "--device", "cpu");
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains(message, run.Error);
    }

    [Theory]
    [InlineData("q8", "--variant: 'q8'; expected NAME=PATH, for example q4_k_m=model-q4_k_m.gguf")]
    [InlineData("=q8", "--variant: '=q8'; expected NAME=PATH, for example q4_k_m=model-q4_k_m.gguf")]
    [InlineData("q8=", "--variant: 'q8='; expected NAME=PATH, for example q4_k_m=model-q4_k_m.gguf")]
    public async Task A_variant_needs_a_name_and_a_path(string variant, string message)
    {
        Tool run = await Tool.RunAsync("evaluate", Sample, "--data", Text(), "--variant", variant);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(message, run.Error);
    }

    [Fact]
    public async Task Two_models_of_one_name_are_refused()
    {
        Tool run = await Tool.RunAsync("evaluate", Sample, "--data", Text(), "--variant", $"tiny-qwen3moe={Sample}");
        Assert.Equal((ExitCode.Usage, true), (run.Code, run.Error.Contains("two models named tiny-qwen3moe", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_no_model_is_named()
    {
        Tool run = await Tool.RunAsync("evaluate", _folder.File("nothing"), "--data", Text());
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("no such folder or file; expected a checkpoint folder, a .gguf file, an ONNX folder or an .onnx file", run.Error);
        File.WriteAllText(_folder.File("model.pt"), "x");
        Assert.Contains("a pickle can run code", (await Tool.RunAsync("evaluate", _folder.File("model.pt"), "--data", Text())).Error);
    }

    [Fact]
    public async Task A_report_is_not_written_over_unasked()
    {
        File.WriteAllText(_folder.File("r.html"), "mine");
        Tool run = await Tool.RunAsync("evaluate", Sample, "--data", Text(), "--html", _folder.File("r.html"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("r.html: exists; expected a new name, or --overwrite", run.Error);
        Assert.Equal("mine", File.ReadAllText(_folder.File("r.html")));
        Tool nowhere = await Tool.RunAsync("evaluate", Sample, "--data", Text(), "--html", _folder.File("none/r.html"));
        Assert.Equal((ExitCode.Failure, true), (nowhere.Code, nowhere.Error.Contains("r.html: no such folder to write to", StringComparison.Ordinal)));
    }

    private async Task<JsonElement> EvaluateAsync(string model, params string[] args)
    {
        Tool run = await Tool.SucceedAsync(["evaluate", model, "--data", Text(), "--context", "64", "--chunks", "4", "--device", "cpu", "--json", .. args]);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(static p => p.Name);

    private string Text()
    {
        string text = _folder.File("text.txt");
        if (!File.Exists(text))
        {
            File.WriteAllText(text, string.Join(' ', Enumerable.Range(0, 200).Select(static i => $"The {i}th king of the old mountain went to the river and said nothing.")));
        }

        return text;
    }
}
