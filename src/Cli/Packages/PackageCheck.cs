using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Registries;
using ModelPack.Packaging.Signing;
using ModelPack.Packaging.Verification;

namespace ModelPack.Cli.Packages;

/// <summary>Verifies a package in a layout, in a folder or in a registry, or packages for NuGet, and says what it found.</summary>
internal static class PackageCheck
{
    /// <summary>Verifies a layout, a pulled package or packages for NuGet.</summary>
    /// <param name="terminal">Where to write.</param>
    /// <param name="folder">The layout, the package, or a folder of packages.</param>
    /// <param name="keyFile">The key that must have signed; null for none.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <returns>The exit code: 3 when anything is not as the manifests say.</returns>
    public static Task<int> RunAsync(CommandTerminal terminal, string folder, string? keyFile, bool json, CancellationToken cancel) =>
        RunAsync(terminal, folder, keyFile, json, (key, line) => PackageVerifier.CanVerify(folder)
            ? PackageVerifier.RunAsync(folder, key, new PackRelay(line, Total(folder)), cancel)
            : NuGetVerifier.RunAsync(folder, new PackRelay(line, Total(folder)), cancel));

    /// <summary>Verifies a package of a registry, or one of a layout.</summary>
    /// <param name="terminal">Where to write.</param>
    /// <param name="reference">oci://HOST/REPOSITORY:TAG or @DIGEST, or LAYOUT:TAG.</param>
    /// <param name="options">How to speak with the registry.</param>
    /// <param name="keyFile">The key that must have signed; null for none.</param>
    /// <param name="download">Whether to read the layers too.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        CommandTerminal terminal, string reference, RegistryOptions options, string? keyFile, bool download, bool json, CancellationToken cancel)
    {
        using PackageTarget target = PackageTarget.Open(reference, "REF", options);
        bool reads = download || target.Store is LayoutStore;
        return await RunAsync(
            terminal, reference, keyFile, json, (key, line) => ReferenceVerifier.RunAsync(target.Store, target.Reference, key, reads, new TransferRelay(line), cancel));
    }

    private static async Task<int> RunAsync(
        CommandTerminal terminal, string folder, string? keyFile, bool json, Func<SigningKey?, ProgressLine, Task<PackageVerification>> verify)
    {
        using SigningKey? key = keyFile is null ? null : SigningKey.Read(keyFile);
        ProgressLine line = new(terminal, "verify", TimeProvider.System);
        PackageVerification result;
        try
        {
            result = await verify(key, line);
        }
        finally
        {
            line.Finish();
        }

        if (json)
        {
            JsonDocuments.Write(terminal.Output, Document(folder, key, result));
        }
        else
        {
            Write(terminal.Output, folder, key, result);
        }

        return result.Findings.Count == 0 ? ExitCode.Success : ExitCode.PolicyViolation;
    }

    private static long Total(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static f => f.Length);

    private static void Write(TextWriter output, string folder, SigningKey? key, PackageVerification result)
    {
        foreach (PackageFinding finding in result.Findings)
        {
            output.WriteLine(CommandTerminal.Printable($"{finding.Path}: {finding.Text} [{finding.Code}]"));
        }

        string verdict = result.Findings.Count switch
        {
            0 => "sound",
            1 => "1 fault",
            int faults => $"{faults} faults",
        };
        output.WriteLine(CommandTerminal.Printable($"{folder}: {result.Kind}, {verdict}; {result.Files} files, {ByteSize.Format(result.Bytes)} hashed"));
        foreach (string digest in result.Digests)
        {
            output.WriteLine($"  {digest}");
        }

        foreach (VerifiedAttachment attached in result.Attachments)
        {
            string signed = key is null ? "" : attached.IsSigned ? ", signed" : ", not signed by this key";
            output.WriteLine(CommandTerminal.Printable($"  {attached.Kind} {attached.Digest} ({attached.MediaType}{signed})"));
        }
    }

    private static VerifyDocument Document(string folder, SigningKey? key, PackageVerification result) => new()
    {
        Path = folder,
        Format = result.Kind,
        Valid = result.Findings.Count == 0,
        Files = result.Files,
        Bytes = result.Bytes,
        HashedBytes = result.Bytes,
        Digests = result.Digests,
        Attached = [.. result.Attachments.Select(a => new AttachmentDocument(a.Kind, a.MediaType, a.Subject.ToString(), a.Digest.ToString(), key is null ? null : a.IsSigned))],
        Findings = [.. result.Findings.Select(static f => new Quantize.Onnx.FolderFinding(f.Code, f.Path, f.Text))],
    };
}
