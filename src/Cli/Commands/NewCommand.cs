using System.CommandLine;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack new": starts a policy, a recipe or a pipeline from a template.</summary>
internal static class NewCommand
{
    public static Command Create()
    {
        Argument<string> template = new("TEMPLATE")
        {
            Description = string.Join("; ", ProjectTemplate.All.Select(static template => $"{template.Name}: {template.Meaning}")) + ".",
            HelpName = string.Join('|', ProjectTemplate.All.Select(static template => template.Name)),
        };
        Option<string?> output = new("--output", "-o") { Description = "The file to write. Default: stdout.", HelpName = "PATH" };
        Option<bool> overwrite = new("--overwrite") { Description = "Replace the file if it exists." };
        Command command = new("new", "Write a license policy, a recipe of quantize or a pipeline to start from.") { template, output, overwrite };
        command.SetAction((parsed, _) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string name = parsed.GetValue(template)!;
            ProjectTemplate chosen = ProjectTemplate.All.FirstOrDefault(known => known.Name == name)
                ?? throw new UsageException($"TEMPLATE: '{name}'; expected {string.Join(", ", ProjectTemplate.All.Select(static known => known.Name))}");
            if (parsed.GetValue(output) is { } file)
            {
                TextFile.Write(ModelArguments.RequirePath(file, "--output"), chosen.Read(), parsed.GetValue(overwrite));
            }
            else
            {
                terminal.Output.Write(chosen.Read());
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
