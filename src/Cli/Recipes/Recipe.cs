using System.CommandLine;
using System.CommandLine.Parsing;
using ModelPack.Quantize.Calibrated;

namespace ModelPack.Cli.Recipes;

/// <summary>What a file says of how a model is quantized: options of the command line, and methods of some weights.</summary>
/// <param name="Options">Checked values, each of an option of quantize.</param>
/// <param name="Methods">The first that matches a weight wins.</param>
internal sealed record Recipe(IReadOnlyList<RecipeOption> Options, IReadOnlyList<MethodRule> Methods)
{
    // What either of them says, only one may say.
    private static readonly string[] Sizes = ["--budget", "--bits-per-weight"];

    /// <summary>No recipe.</summary>
    public static Recipe None { get; } = new([], []);

    /// <summary>The command line with the recipe's options where it has none of its own; rules are added after its rules.</summary>
    /// <param name="parsed">The command line, without errors.</param>
    /// <exception cref="UsageException">The command takes no such option.</exception>
    public ParseResult Complete(ParseResult parsed)
    {
        HashSet<string> given = [.. parsed.CommandResult.Children.OfType<OptionResult>().Where(static o => !o.Implicit).Select(static o => o.Option.Name)];
        if (Sizes.Any(given.Contains))
        {
            given.UnionWith(Sizes);
        }

        string[] added = [.. Options.Where(o => o.Name == "--rule" || !given.Contains(o.Name)).Select(static o => $"{o.Name}={o.Value}")];
        if (added.Length == 0)
        {
            return parsed;
        }

        // What stands after "--" is no option.
        IEnumerable<string> before = parsed.Tokens.TakeWhile(static t => t.Type != TokenType.DoubleDash).Select(static t => t.Value);
        IEnumerable<string> after = parsed.Tokens.SkipWhile(static t => t.Type != TokenType.DoubleDash).Select(static t => t.Value);
        ParseResult all = parsed.RootCommandResult.Command.Parse([.. before, .. added, .. after], new ParserConfiguration { ResponseFileTokenReplacer = null });
        return all.Errors.Count == 0 ? all : throw new UsageException($"--recipe: {all.Errors[0].Message.TrimEnd('.')}");
    }
}
