using System.CommandLine;
using ModelPack.Cli.Terminal;
using ModelPack.Models;
using ModelPack.Packaging.Signing;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack sign": a detached signature over every file of a folder, or over one file.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        Argument<string> path = new("PATH") { Description = "A folder, or a file." };
        Option<string> key = new("--key") { Description = "Private key in PEM: elliptic curve P-256, P-384 or P-521.", HelpName = "FILE", Required = true };
        Option<string?> output = new("--output", "-o") { Description = "The signature. Default: model.sig in the folder, NAME.sig beside the file.", HelpName = "FILE" };
        Option<bool> overwrite = ModelArguments.Overwrite();
        Command command = new("sign", "Sign a model's files: an OpenSSF Model Signing bundle.") { path, key, output, overwrite };
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string model = ModelArguments.RequirePath(parsed.GetValue(path)!, "PATH");
            string file = parsed.GetValue(output) is { } named ? ModelArguments.RequirePath(named, "--output") : SignaturePath.Of(model);
            using SigningKey signer = SigningKey.Read(ModelArguments.RequirePath(parsed.GetValue(key)!, "--key"));
            if (!signer.IsPrivate)
            {
                throw new ModelPackException($"{parsed.GetValue(key)}: a public key; expected the private one to sign with");
            }

            IReadOnlyList<SignedFile> files = await FolderDigests.OfAsync(model, cancel);
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
            TextFile.Write(file, ModelSignature.Sign(name, files, signer), parsed.GetValue(overwrite));
            terminal.Output.WriteLine(CommandTerminal.Printable($"{file}: {files.Count} files signed with key {signer.Hint[..16]}"));
            return ExitCode.Success;
        });
        return command;
    }
}
