using System.CommandLine;

namespace ModelPack.Cli.Terminal;

/// <summary>Where a command writes: results to <see cref="Output"/>, everything else to <see cref="Error"/>.</summary>
/// <param name="Output">stdout.</param>
/// <param name="Error">stderr.</param>
/// <param name="Verbosity">How much goes to stderr.</param>
/// <param name="Interactive">Whether stderr is a terminal that understands control codes.</param>
internal sealed record CommandTerminal(TextWriter Output, TextWriter Error, Verbosity Verbosity, bool Interactive)
{
    public static CommandTerminal From(ParseResult parsed)
    {
        InvocationConfiguration io = parsed.InvocationConfiguration;
        bool interactive = ReferenceEquals(io.Error, Console.Error)
            && !Console.IsErrorRedirected
            && !parsed.GetValue(CommonOptions.NoColor)
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new(io.Output, io.Error, parsed.GetValue(CommonOptions.Verbosity) ?? Verbosity.Normal, interactive);
    }

    /// <summary>Says something that the user should know though the command goes on.</summary>
    public void Warn(string message)
    {
        if (Verbosity > Verbosity.Quiet)
        {
            Error.WriteLine($"modelpack: warning: {Printable(message)}");
        }
    }

    /// <summary>
    /// Spells out what a hostile file could use to drive the terminal or to forge a line: control characters, line and
    /// paragraph separators, and marks that turn the direction of writing.
    /// </summary>
    public static string Printable(string text) => text.Any(Drives)
        ? string.Concat(text.Select(static c => Drives(c) ? $"\\u{(int)c:x4}" : c.ToString()))
        : text;

    private static bool Drives(char c) =>
        char.IsControl(c) || c is '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
