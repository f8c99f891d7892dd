using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack tags": what a repository or a layout has.</summary>
internal static class TagsCommand
{
    public static Command Create()
    {
        Argument<string> reference = new("REF") { Description = "oci://HOST/REPOSITORY, s3://BUCKET/PREFIX, or a layout." };
        RegistryArguments registry = new();
        Command command = new("tags", "List the tags of a repository, a bucket or a layout.") { reference };
        registry.AddTo(command, writes: false);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            (PackageStore opened, _) = RegistryArguments.Open(parsed.GetValue(reference)!, "REF", registry.Read(parsed));
            using PackageStore store = opened;
            string[] tags = Sort(await store.TagsAsync(cancel));
            if (parsed.GetValue(registry.Json))
            {
                JsonDocuments.Write(terminal.Output, new TagsDocument { Reference = store.Name, Tags = tags });
            }
            else
            {
                foreach (string tag in tags)
                {
                    terminal.Output.WriteLine(CommandTerminal.Printable(tag));
                }
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static string[] Sort(IReadOnlyList<string> tags) =>
    [
        .. tags.Where(PackageVersion.IsRelease).OrderByDescending(static t => PackageVersion.TryParse(t.Replace('_', '+')), PackageVersion.Precedence).ThenBy(static t => t, StringComparer.Ordinal),
        .. tags.Where(static t => !PackageVersion.IsRelease(t)).Order(StringComparer.Ordinal),
    ];
}
