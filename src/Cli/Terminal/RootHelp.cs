using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ModelPack.Cli.Terminal;

/// <summary>Help of the whole tool, written without the library's help builder, whose first use costs 50 ms; a command's own help is the library's.</summary>
internal sealed class RootHelp(RootCommand root, HelpAction ofCommands) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command != root)
        {
            return ofCommands.Invoke(parseResult);
        }

        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"Description:\n  {root.Description}\n\nUsage:\n  {root.HelpName} [command] [options]\n");
        output.WriteLine("Options:");
        List<(string Left, string Right)> rows = [];
        foreach (Option option in root.Options)
        {
            if (option is not (HelpOption or VersionOption))
            {
                rows.Add((option.HelpName is { } value ? $"{option.Name} <{value}>" : option.Name, option.Description ?? ""));
            }
        }

        rows.Add(("-?, -h, --help", "Show help and usage information"));
        rows.Add(("--version", "Show version information"));
        Write(output, rows);
        output.WriteLine("\nCommands:");
        rows.Clear();
        foreach (Command command in root.Subcommands)
        {
            string left = command.Name;
            foreach (Argument argument in command.Arguments)
            {
                left += $" <{argument.Name}>";
            }

            rows.Add((left, command.Description ?? ""));
        }

        Write(output, rows);
        return ExitCode.Success;
    }

    private static void Write(TextWriter output, List<(string Left, string Right)> rows)
    {
        int width = 0;
        foreach ((string left, _) in rows)
        {
            width = Math.Max(width, left.Length);
        }

        foreach ((string left, string right) in rows)
        {
            output.WriteLine($"  {left.PadRight(width)}  {right}");
        }
    }
}
