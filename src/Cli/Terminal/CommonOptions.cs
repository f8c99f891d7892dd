using System.CommandLine;

namespace ModelPack.Cli.Terminal;

/// <summary>Options that every command takes.</summary>
internal static class CommonOptions
{
    public static Option<Verbosity?> Verbosity { get; } = new("--verbosity")
    {
        Description = "What goes to stderr. Default: normal.",
        HelpName = "quiet|normal|detailed",
        CustomParser = static result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "quiet":
                    return Terminal.Verbosity.Quiet;
                case "normal":
                    return Terminal.Verbosity.Normal;
                case "detailed":
                    return Terminal.Verbosity.Detailed;
                default:
                    result.AddError($"--verbosity: '{result.Tokens[0].Value}'; expected quiet, normal or detailed");
                    return default;
            }
        },
        Recursive = true,
    };

    public static Option<bool> NoColor { get; } = new("--no-color")
    {
        Description = "Never write terminal control codes (as NO_COLOR does).",
        Recursive = true,
    };

    /// <summary>A fresh "--json", for commands that have a result.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document on stdout." };
}
