using ModelPack.Licensing;
using ModelPack.Licensing.Catalog;

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
        catch (LicensingException fault) when (fault is not InvalidCatalogException)
        {
            throw new UsageException(option is null ? fault.Message : $"{option}: {fault.Message}");
        }
    }
}
