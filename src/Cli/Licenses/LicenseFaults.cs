using ModelPack.Licensing;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Licenses;

/// <summary>Licensing knows nothing of the command line: its faults are given their exit code here.</summary>
internal static class LicenseFaults
{
    /// <exception cref="UsageException">The question, a fact or an expression cannot be read.</exception>
    public static T AsUsage<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (LicensingException fault) when (fault is not InvalidCatalogException)
        {
            throw new UsageException(fault.Message);
        }
    }
}
