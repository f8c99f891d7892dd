using System.CommandLine;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license": what a license text is, what it asks, and whether a use is allowed. Each subcommand has its own file.</summary>
internal static class LicenseCommand
{
    public static Command Create() => new("license", "Say what license texts are, what they ask, and whether a use is allowed.")
    {
        LicenseDetectCommand.Create(),
        LicenseAuditCommand.Create(),
        LicenseNoticeCommand.Create(),
        LicenseCheckCommand.Create(),
        LicenseExplainCommand.Create(),
        LicenseListCommand.Create(),
    };
}
