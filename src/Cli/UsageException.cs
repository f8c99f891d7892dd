using ModelPack.Models;

namespace ModelPack.Cli;

/// <summary>A command line that parses but makes no sense; the exit code is <see cref="ExitCode.Usage"/>.</summary>
internal sealed class UsageException(string message) : ModelPackException(message)
{
    /// <summary>Reads an option's value; a value that cannot be read is a fault of the command line.</summary>
    /// <exception cref="UsageException">The parser refused the value.</exception>
    public static T Guard<T>(string option, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (ModelPackException fault)
        {
            throw new UsageException($"{option}: {fault.Message}");
        }
    }
}
