using System.CommandLine;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license": what a license is, what it asks, and whether a use is allowed.</summary>
internal static class LicenseCommand
{
    public static Command Create() => new("license", "Say what licenses ask, and whether a use is allowed.")
    {
        LicenseCheckCommand.Create(),
        LicenseExplainCommand.Create(),
        LicenseListCommand.Create(),
    };
}
