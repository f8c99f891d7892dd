using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ModelPack.Cli.Commands;
using ModelPack.Cli.Terminal;
using ModelPack.Models;

namespace ModelPack.Cli;

internal static class Program
{
    public static Task<int> Main(string[] args) => RunAsync(args, Console.Out, Console.Error);

    internal static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken cancel = default)
    {
        ParseResult parsed = CreateRoot().Parse(args);
        if (parsed.Action is ParseErrorAction)
        {
            return await ExplainAsync(parsed, error);
        }

        InvocationConfiguration io = new()
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
        };
        try
        {
            return await parsed.InvokeAsync(io, cancel);
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("modelpack: cancelled");
            return ExitCode.Cancelled;
        }
        catch (UsageException fault)
        {
            await error.WriteLineAsync($"modelpack: {CommandTerminal.Printable(fault.Message)}");
            return ExitCode.Usage;
        }
        catch (Exception fault) when (fault is ModelPackException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"modelpack: error: {CommandTerminal.Printable(fault.Message)}");
            return ExitCode.Failure;
        }
        catch (Exception fault)
        {
            bool detailed = parsed.GetValue(CommonOptions.Verbosity) is Verbosity.Detailed;
            string text = detailed ? string.Join('\n', fault.ToString().Split('\n').Select(CommandTerminal.Printable)) : CommandTerminal.Printable(fault.Message);
            await error.WriteLineAsync($"modelpack: internal error: {text}");
            await error.WriteLineAsync("This is a fault of modelpack, not of your input; please report it with --verbosity detailed.");
            return ExitCode.Failure;
        }
    }

    /// <summary>Says on stderr what is wrong with a command line: stdout is for results only.</summary>
    private static async Task<int> ExplainAsync(ParseResult parsed, TextWriter error)
    {
        foreach (string message in parsed.Errors.Select(static e => e.Message))
        {
            await error.WriteLineAsync($"modelpack: {CommandTerminal.Printable(message.TrimEnd('.'))}");
        }

        Command command = parsed.CommandResult.Command;
        await error.WriteLineAsync($"'modelpack {(command is RootCommand ? "" : command.Name + " ")}--help' says what is possible.");
        return ExitCode.Usage;
    }

    /// <summary>The whole command line.</summary>
    internal static RootCommand CreateRoot()
    {
        RootCommand root = new("Takes an open-weight model from the hub to a company's registry.")
        {
            InspectCommand.Create(),
            ConvertCommand.Create(),
            QuantizeCommand.Create(),
            CalibrateCommand.Create(),
            EvaluateCommand.Create(),
            SignCommand.Create(),
            VerifyCommand.Create(),
            LicenseCommand.Create(),
            SbomCommand.Create(),
            PackCommand.Create(),
            PushCommand.Create(),
            PullCommand.Create(),
            CopyCommand.Create(),
            TagsCommand.Create(),
            NewCommand.Create(),
            CommonOptions.Verbosity,
            CommonOptions.NoColor,
        };
        root.HelpName = "modelpack";
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                help.MaxWidth = 120;
                option.Action = new RootHelp(root, help);
            }
        }

        return root;
    }
}
