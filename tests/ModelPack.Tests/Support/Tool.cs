using ModelPack.Cli;

namespace ModelPack.Tests.Support;

/// <summary>Runs the tool in this process, as a shell would.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">stdout.</param>
/// <param name="Error">stderr.</param>
internal sealed record Tool(int Code, string Output, string Error)
{
    /// <summary>Runs "modelpack ARGS".</summary>
    public static async Task<Tool> RunAsync(params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await Program.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs it and expects exit code 0.</summary>
    public static async Task<Tool> SucceedAsync(params string[] args)
    {
        Tool run = await RunAsync(args);
        Assert.True(run.Code == ExitCode.Success, $"modelpack {string.Join(' ', args)}: exit {run.Code}\n{run.Error}");
        return run;
    }
}
