using System.CommandLine;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license": what a license text is and what it asks. Each subcommand has its own file.</summary>
internal static class LicenseCommand
{
    public static Command Create()
    {
        Command command = new("license", "Say what license texts are and what they ask.")
        {
            LicenseDetectCommand.Create(),
        };
        return command;
    }
}
