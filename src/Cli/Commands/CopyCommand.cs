using System.CommandLine;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack copy": a package from one registry or layout to another, byte by byte.</summary>
internal static class CopyCommand
{
    public static Command Create()
    {
        Argument<string> from = new("FROM") { Description = "oci://HOST/REPOSITORY:TAG or @DIGEST, s3://BUCKET/PREFIX:TAG, or LAYOUT:TAG." };
        Argument<string> to = new("TO") { Description = "The same; without a tag it is the one that FROM has." };
        RegistryArguments registry = new();
        Command command = new("copy", "Copy a package between registries, buckets and layouts; every digest stays.") { from, to };
        registry.AddTo(command, writes: true);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            (PackageStore opened, string? wanted) = RegistryArguments.Open(parsed.GetValue(from)!, "FROM", registry.Read(parsed));
            using PackageStore source = opened;
            if (wanted is null)
            {
                throw new UsageException($"FROM: '{parsed.GetValue(from)}': expected a tag or a digest at its end");
            }

            (PackageStore made, string? asked) = RegistryArguments.Open(parsed.GetValue(to)!, "TO", registry.Read(parsed), create: true);
            using PackageStore destination = made;
            OciManifest root = await source.GetAsync(wanted, cancel);
            if (Digest.TryParse(asked, out Digest expected) && expected != root.Digest)
            {
                throw new UsageException($"TO: {expected} is not what FROM is: {root.Digest}");
            }

            string[] tags = Digest.TryParse(asked ?? wanted, out _) ? [] : [asked ?? wanted];
            PackageTransfer transfer = new(source, destination, registry.Force(parsed));
            return await TransferRun.RunAsync(terminal, "copy", transfer, root, tags, destination.Name, parsed.GetValue(registry.Json), cancel);
        });
        return command;
    }
}
