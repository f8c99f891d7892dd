using System.CommandLine;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Packages;
using ModelPack.Cli.Terminal;
using ModelPack.Models;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Signing;
using SignedDocument = ModelPack.Cli.Documents.SignedDocument;

namespace ModelPack.Cli.Commands;

/// <summary>"modelpack sign": a detached signature over every file of a folder, or one that is attached to a package where it is.</summary>
internal static class SignCommand
{
    public static Command Create()
    {
        Argument<string> path = new("PATH|REF") { Description = "A folder or a file; a layout, LAYOUT:TAG, or oci://HOST/REPOSITORY:TAG." };
        Option<string> key = new("--key") { Description = "Private key in PEM: elliptic curve P-256, P-384 or P-521.", HelpName = "FILE", Required = true };
        Option<string?> output = new("--output", "-o") { Description = "The signature of files. Default: model.sig in the folder, NAME.sig beside the file.", HelpName = "FILE" };
        Option<bool> overwrite = ModelArguments.Overwrite();
        RegistryArguments registry = new();
        Command command = new("sign", "Sign a model's files, or a package where it is: an OpenSSF Model Signing bundle.") { path, key, output, overwrite };
        registry.AddTo(command, writes: false);
        command.SetAction(async (parsed, cancel) =>
        {
            CommandTerminal terminal = CommandTerminal.From(parsed);
            string model = ModelArguments.RequirePath(parsed.GetValue(path)!, "PATH");
            string? file = parsed.GetValue(output) is { } named ? ModelArguments.RequirePath(named, "--output") : null;
            using SigningKey signer = SigningKey.Read(ModelArguments.RequirePath(parsed.GetValue(key)!, "--key"));
            if (!signer.IsPrivate)
            {
                throw new ModelPackException($"{parsed.GetValue(key)}: a public key; expected the private one to sign with");
            }

            SignDocument result = !PackageTarget.IsOne(model) ? await FilesAsync(model, file ?? SignaturePath.Of(model), signer, parsed.GetValue(overwrite), cancel)
                : file is null ? await PackageAsync(model, signer, registry.Read(parsed), cancel)
                : throw new UsageException("--output: the signature of a package is attached to it; a file is for signatures of files");
            Write(terminal, result, parsed.GetValue(registry.Json));
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<SignDocument> FilesAsync(string model, string file, SigningKey signer, bool overwrite, CancellationToken cancel)
    {
        IReadOnlyList<SignedFile> files = await FolderDigests.OfAsync(model, cancel);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
        TextFile.Write(file, ModelSignature.Sign(name, files, signer), overwrite);
        return new() { Path = file, Key = signer.Hint, Signed = [new(null, files.Count)] };
    }

    private static async Task<SignDocument> PackageAsync(string reference, SigningKey signer, RegistryOptions options, CancellationToken cancel)
    {
        using PackageTarget target = PackageTarget.Open(reference, "REF", options);
        IReadOnlyList<(OciManifest Manifest, int Files)> signed = await new PackageSigner(target.Store, signer).SignAsync(await target.GetAsync(cancel), cancel);
        return new() { Path = reference, Key = signer.Hint, Signed = [.. signed.Select(static s => new SignedDocument(s.Manifest.Digest.ToString(), s.Files))] };
    }

    private static void Write(CommandTerminal terminal, SignDocument result, bool json)
    {
        if (json)
        {
            JsonDocuments.Write(terminal.Output, result);
            return;
        }

        foreach (SignedDocument signed in result.Signed)
        {
            string what = signed.Digest is null ? result.Path : $"{result.Path}: {signed.Digest}";
            terminal.Output.WriteLine(CommandTerminal.Printable(signed.Files == 0 && signed.Digest is not null
                ? $"{what}: key {result.Key[..16]} had signed it"
                : $"{what}: {signed.Files} files signed with key {result.Key[..16]}"));
        }
    }
}
