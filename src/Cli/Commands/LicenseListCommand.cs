using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license list": the licenses that are known clause by clause.</summary>
internal static class LicenseListCommand
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json();
        Command command = new("list", "List the licenses that are known clause by clause.") { json };
        command.SetAction((parsed, _) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, LicenseListDocument.From(LicenseCatalog.Default));
            }
            else
            {
                LicenseText.Write(terminal.Output, LicenseCatalog.Default);
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
