using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("root")]
    [InlineData("calibrate")]
    [InlineData("convert")]
    [InlineData("evaluate")]
    [InlineData("inspect")]
    [InlineData("quantize")]
    [InlineData("verify")]
    [InlineData("license")]
    [InlineData("sbom")]
    [InlineData("sign")]
    [InlineData("license audit")]
    [InlineData("license notice")]
    [InlineData("license check")]
    [InlineData("license detect")]
    [InlineData("new")]
    [InlineData("pack")]
    [InlineData("push")]
    [InlineData("pull")]
    [InlineData("copy")]
    [InlineData("tags")]
    public async Task Help_is_stable(string command)
    {
        Tool run = await Tool.SucceedAsync(command == "root" ? ["--help"] : [.. command.Split(' '), "--help"]);
        Assert.Equal("", run.Error);
        Snapshot.Match(run.Output, $"command={command.Replace(' ', '-')}");
    }

    [Theory]
    [InlineData("quantise")]
    [InlineData("quantize")]
    [InlineData("quantize", "folder", "--no-such-option")]
    [InlineData("quantize", "folder", "-t", "q9_k")]
    [InlineData("quantize", "folder", "--memory", "12 parsecs")]
    [InlineData("quantize", "folder", "--threads", "0")]
    [InlineData("quantize", "folder", "--rule", "layers.{0=q8_0")]
    [InlineData("quantize", "folder", "--rule", "layers.0=q9")]
    [InlineData("quantize", "folder", "--to", "onnx", "-t", "q4_k_m")]
    [InlineData("quantize", "folder", "--to", "onnx", "--rule", "layers.0=q6_k")]
    [InlineData("quantize", "folder", "--block-size", "64")]
    [InlineData("quantize", "folder", "--to", "onnx", "--block-size", "48")]
    [InlineData("convert", "folder", "--to", "onnx", "-t", "bf16")]
    [InlineData("convert", "folder", "--provider", "cuda")]
    [InlineData("convert", "folder", "-t", "q4_k_m")]
    [InlineData("convert", "--frobnicate")]
    public async Task A_usage_error_exits_with_2_and_says_why(params string[] args)
    {
        Tool run = await Tool.RunAsync(args);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.NotEqual("", run.Error);
    }
}
