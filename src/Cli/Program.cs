using System.CommandLine;
using ModelPack.Models;

namespace ModelPack.Cli;

internal static class Program
{
    public static Task<int> Main(string[] args) => RunAsync(args, Console.Out, Console.Error);

    internal static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        RootCommand root = new("Takes an open-weight model from the hub to a company's registry.") { HelpName = "modelpack" };
        ParseResult parsed = root.Parse(args);
        InvocationConfiguration io = new() { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            int code = await parsed.InvokeAsync(io);
            return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("modelpack: cancelled");
            return ExitCode.Cancelled;
        }
        catch (ModelPackException fault)
        {
            await error.WriteLineAsync($"modelpack: error: {fault.Message}");
            return ExitCode.Failure;
        }
    }
}
