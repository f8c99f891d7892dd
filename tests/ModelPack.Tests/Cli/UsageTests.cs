using ModelPack.Cli;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Cli;

/// <summary>A command line that makes no sense: exit code 2, a reason on stderr, and nothing on stdout.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("", "Required command was not provided")]
    [InlineData("quantize", "Required argument 'MODEL' missing for command: 'quantize'")]
    [InlineData("quantise m", "Unrecognized command or argument 'quantise'")]
    [InlineData("quantize m n", "Unrecognized command or argument 'n'")]
    [InlineData("quantize m --threads x", "--threads: 'x'; expected a whole number from 1 to 1024")]
    [InlineData("quantize m --threads 0", "--threads: '0'; expected a whole number from 1 to 1024")]
    [InlineData("convert m --type q4_k_m", "'q4_k_m' not recognized")]
    [InlineData("quantize m --type q9", "--type: ")]
    [InlineData("quantize m --memory lots", "--memory: 'lots' is no size")]
    [InlineData("inspect m --verbosity loud", "--verbosity: 'loud'; expected quiet, normal or detailed")]
    [InlineData("inspect --tensor", "'--tensor' looks like an option")]
    [InlineData("inspect m\u001b[2J n\u001b[2J", "Unrecognized command or argument 'n\\u001b[2J'")]
    public async Task It_is_explained_on_stderr_only(string line, string reason)
    {
        Tool run = await Tool.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Output));
        Assert.StartsWith("modelpack: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("quantize --help")]
    [InlineData("quantize --help --threads x")]
    [InlineData("--version")]
    public async Task What_was_asked_for_is_a_result(string line)
    {
        Tool run = await Tool.RunAsync(line.Split(' '));
        Assert.Equal((ExitCode.Success, ""), (run.Code, run.Error));
        Assert.NotEqual("", run.Output);
    }
}
