using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Terminal;
using ModelPack.Licensing.Catalog;
using ModelPack.Licensing.Compatibility;
using ModelPack.Licensing.Guards;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license check": one question, answered without a model.</summary>
internal static class LicenseCheckCommand
{
    public static Command Create()
    {
        Option<string[]> inputs = Repeated("--in", "ID", "A license that the result is made of: an SPDX expression, an id or a hub tag.", required: true);
        Option<string[]> relations = Repeated(
            "--relation", "RELATION", $"How the result is made and what is done with it: {string.Join(", ", CatalogWords.Of<Relation>())}.", required: true);
        Option<string> use = new("--use") { Description = "Who the result is for.", HelpName = string.Join('|', CatalogWords.Of<UseKind>()), Required = true };
        Option<string[]> facts = Repeated("--fact", "NAME=VALUE", "A fact that clauses ask for, such as mau=50000000.", required: false);
        Option<string?> outbound = new("--out") { Description = "The license that the result goes out under.", HelpName = "EXPRESSION" };
        Option<string?> name = new("--name") { Description = "The result's name.", HelpName = "NAME" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("check", "Answer one question about licenses.") { inputs, relations, use, facts, outbound, name, json };
        command.SetAction((parsed, _) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            Question question = new()
            {
                Inputs = [.. parsed.GetValue(inputs)!.Select(static text => new QuestionInput(text))],
                Relations = LicenseFaults.AsUsage<Relation[]>(() => [.. parsed.GetValue(relations)!.Select(CatalogWords.Parse<Relation>)], "--relation"),
                Use = LicenseFaults.AsUsage(() => CatalogWords.Parse<UseKind>(parsed.GetValue(use)!), "--use"),
                Facts = LicenseFaults.AsUsage(() => Facts.Parse(parsed.GetValue(facts) ?? []), "--fact"),
                Outbound = parsed.GetValue(outbound),
                Name = parsed.GetValue(name),
            };
            WarnOfUnknownFacts(terminal, question.Facts);
            Answer answer = LicenseFaults.AsUsage(() => LicenseCheck.Run(question, LicenseCatalog.Default));
            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, LicenseCheckDocument.From(answer));
            }
            else
            {
                LicenseText.Write(terminal.Output, answer);
            }

            return Task.FromResult(answer.Verdict >= Verdict.Review ? ExitCode.PolicyViolation : ExitCode.Success);
        });
        return command;
    }

    private static Option<string[]> Repeated(string name, string help, string description, bool required) =>
        new(name) { Description = description, HelpName = help, Required = required, AllowMultipleArgumentsPerToken = true };

    private static void WarnOfUnknownFacts(CommandTerminal terminal, Facts facts)
    {
        foreach (string name in facts.Names.Where(static name => FactDefinition.Find(name) is null))
        {
            terminal.Warn($"no clause asks for the fact \"{name}\"");
        }
    }
}
