using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Catalog;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license explain": the clauses of one license, in our words.</summary>
internal static class LicenseExplainCommand
{
    public static Command Create()
    {
        Argument<string> id = new("ID") { Description = "An SPDX id, a LicenseRef- of the catalogue or a hub tag." };
        Option<bool> json = CommonOptions.Json();
        Command command = new("explain", "Show conditions, thresholds and clauses of one license.") { id, json };
        command.SetAction((parsed, _) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string name = ModelArguments.RequirePath(parsed.GetValue(id)!, "ID");
            LicenseEntry entry = LicenseCatalog.Default.Find(name)
                ?? throw new UsageException($"the catalogue has no license \"{name}\"; see modelpack license list");
            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, LicenseExplainDocument.From(entry));
            }
            else
            {
                LicenseText.Write(terminal.Output, entry);
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
