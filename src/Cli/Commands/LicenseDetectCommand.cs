using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Licenses;
using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack license detect": which license the text of a file is.</summary>
internal static class LicenseDetectCommand
{
    public static Command Create()
    {
        Argument<string[]> paths = new("PATH")
        {
            Description = "Files, or folders to search for LICENSE, COPYING, NOTICE, USE_POLICY and README files.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("detect", "Say which license a text is, and whether it was changed.") { paths, json };
        command.SetAction((parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            List<LicenseFileDocument> files = [];
            foreach (string path in parsed.GetValue(paths)!)
            {
                ModelArguments.RequirePath(path, "PATH");
                files.AddRange(LicenseScan.Read(path, terminal.Warn, cancel));
            }

            if (parsed.GetValue(json))
            {
                JsonDocuments.Write(terminal.Output, new LicenseDetectDocument { Files = files });
            }
            else
            {
                LicenseDetectText.Write(terminal.Output, files);
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
