using System.Text.Json;
using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class QuantizeCommandTests
{
    private static string Sample => RepositoryFolder.Join("samples", "tiny-qwen3moe");

    [Fact]
    public async Task A_dry_run_prints_the_plan_and_writes_nothing()
    {
        using TempFolder folder = new();
        Tool run = await Tool.SucceedAsync("quantize", Sample, "-o", folder.File("out.gguf"), "--threads", "2", "--dry-run");
        Snapshot.Match(run.Output.Replace(folder.Path, "FOLDER", StringComparison.Ordinal).Replace(Sample, "SAMPLE", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task The_plan_predicts_the_size_to_the_byte()
    {
        using TempFolder folder = new();
        Tool plan = await Tool.SucceedAsync("quantize", Sample, "-o", folder.File("out.gguf"), "--dry-run", "--json");
        Tool run = await Tool.SucceedAsync("quantize", Sample, "-o", folder.File("out.gguf"), "--json");
        JsonElement planned = JsonDocument.Parse(plan.Output).RootElement;
        JsonElement done = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(planned.GetProperty("bytes").GetInt64(), done.GetProperty("bytes").GetInt64());
        Assert.Equal(new FileInfo(folder.File("out.gguf")).Length, done.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task The_json_result_keeps_its_contract()
    {
        using TempFolder folder = new();
        Tool run = await Tool.SucceedAsync("quantize", Sample, "-t", "int4", "-o", folder.File("out.gguf"), "--json", "--measure-error");
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            ["schemaVersion", "output", "bytes", "bitsPerWeight", "seconds", "peakMemory", "tensors"],
            result.EnumerateObject().Select(static p => p.Name));
        Assert.Equal(folder.File("out.gguf"), result.GetProperty("output").GetString());
        JsonElement[] tensors = [.. result.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(38, tensors.Length);
        Assert.All(tensors, static t => Assert.Contains(t.GetProperty("method").GetString(), (string[])["copy", "rtn"]));
        JsonElement experts = tensors.Single(static t => t.GetProperty("name").GetString() == "blk.1.ffn_up_exps.weight");
        Assert.Equal("Q4_K", experts.GetProperty("type").GetString());
        Assert.InRange(experts.GetProperty("relativeError").GetDouble(), 0.05, 0.1);
    }

    [Fact]
    public async Task Rules_set_types_against_the_preset()
    {
        using TempFolder folder = new();
        Tool run = await Tool.SucceedAsync(
            "quantize", Sample, "-o", folder.File("out.gguf"), "--dry-run", "--json",
            "--rule", "layers.0.experts.*.down=q8_0", "--rule", "blk.*.attn_q=f16", "--rule", "layers.**=q5_0");
        Dictionary<string, string> types = JsonDocument.Parse(run.Output).RootElement.GetProperty("tensors").EnumerateArray()
            .ToDictionary(static t => t.GetProperty("name").GetString()!, static t => t.GetProperty("type").GetString()!);
        Assert.Equal("Q8_0", types["blk.0.ffn_down_exps.weight"]);
        Assert.Equal("Q5_0", types["blk.1.ffn_down_exps.weight"]);
        Assert.Equal("F16", types["blk.2.attn_q.weight"]);
        Assert.Equal("F32", types["blk.2.attn_q_norm.weight"]);
        Assert.Equal("F32", types["blk.0.ffn_gate_inp.weight"]);
    }

    [Theory]
    [InlineData("layers.*.experts.{0,5}=q8_0", "selects 2 of the 8 experts")]
    [InlineData("layers.7=q8_0", "matches no tensor")]
    public async Task A_rule_that_gguf_cannot_follow_is_refused(string rule, string reason)
    {
        using TempFolder folder = new();
        Tool run = await Tool.RunAsync("quantize", Sample, "-o", folder.File("out.gguf"), "--rule", rule);
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_output_that_exists_is_kept_unless_it_may_be_replaced()
    {
        using TempFolder folder = new();
        string file = folder.Write("out.gguf", "precious"u8);
        Tool refused = await Tool.RunAsync("quantize", Sample, "-o", file);
        Assert.Equal(ExitCode.Failure, refused.Code);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        Assert.Equal(8, new FileInfo(file).Length);
        await Tool.SucceedAsync("quantize", Sample, "-o", file, "--overwrite");
        Assert.True(new FileInfo(file).Length > 1_000_000);
        Assert.Equal([file], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_quantized_gguf_is_not_quantized_again()
    {
        using TempFolder folder = new();
        await Tool.SucceedAsync("quantize", Sample, "-t", "q8_0", "-o", folder.File("once.gguf"));
        Tool run = await Tool.RunAsync("quantize", folder.File("once.gguf"), "-o", folder.File("twice.gguf"));
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("already quantized", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("twice.gguf")));
    }
}
