using ModelPack.Licensing;
using ModelPack.Models;

namespace ModelPack.Cli.Licenses;

/// <summary>Licensing knows nothing of the command line: its faults are given their exit code here.</summary>
internal static class LicenseFaults
{
    /// <param name="ask">Reads or answers.</param>
    /// <param name="option">The option that is read, for the message.</param>
    /// <exception cref="UsageException">The question, a fact or an expression cannot be read.</exception>
    public static T AsUsage<T>(Func<T> ask, string? option = null)
    {
        try
        {
            return ask();
        }
        catch (LicensingException fault) when (fault is not LicensingFileException)
        {
            throw new UsageException(option is null ? fault.Message : $"{option}: {fault.Message}");
        }
    }

    /// <summary>Reads a file of ours: a fault in it is the input's, not the command line's.</summary>
    /// <param name="read">Reads it.</param>
    /// <exception cref="ModelPackException">The file breaks its rules; the message names line and column.</exception>
    public static T AsInput<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (LicensingFileException fault)
        {
            throw new ModelPackException(fault.Message, fault);
        }
    }
}
