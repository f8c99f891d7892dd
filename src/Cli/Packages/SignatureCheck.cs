using ModelPack.Cli.Commands;
using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Models;
using ModelPack.Packaging.Signing;
using ModelPack.Quantize.Onnx;

namespace ModelPack.Cli.Packages;

/// <summary>Verifies a detached signature: who signed, and that every file is the one that was signed.</summary>
internal static class SignatureCheck
{
    private const int MaxSignatureBytes = 64 << 20;

    /// <param name="terminal">Where to write.</param>
    /// <param name="path">The signed folder or file.</param>
    /// <param name="keyFile">The signer's key in PEM; its public half is enough.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <returns>The exit code: 3 when the key did not sign, or a file is not the one that was signed.</returns>
    /// <exception cref="ModelPackException">The key, the signature or a file cannot be read.</exception>
    public static async Task<int> RunAsync(CommandTerminal terminal, string path, string keyFile, bool json, CancellationToken cancel)
    {
        using SigningKey key = SigningKey.Read(keyFile);
        string signature = SignaturePath.Of(path);
        SignedModel? signed = ModelSignature.Open(Read(signature), signature, key);
        IReadOnlyList<SignedFile> found = signed is null ? [] : await FolderDigests.OfAsync(path, cancel);
        IReadOnlyList<FolderFinding> findings = signed is null
            ? [new("signature", Path.GetFileName(signature), $"not signed by this key ({key.Hint[..16]}), or changed since")]
            : [.. ModelSignature.Differences(signed.Files, found).Select(static d => new FolderFinding("signature", d.File, d.Message))];
        Write(terminal, path, key, found, findings, json);
        return findings.Count == 0 ? ExitCode.Success : ExitCode.PolicyViolation;
    }

    private static void Write(
        CommandTerminal terminal, string path, SigningKey key, IReadOnlyList<SignedFile> found, IReadOnlyList<FolderFinding> findings, bool json)
    {
        if (json)
        {
            JsonDocuments.Write(terminal.Output, new VerifyDocument
            {
                Path = path,
                Format = "signature",
                Valid = findings.Count == 0,
                Files = found.Count,
                Bytes = 0,
                HashedBytes = 0,
                Findings = findings,
            });
            return;
        }

        foreach (FolderFinding finding in findings)
        {
            terminal.Output.WriteLine(CommandTerminal.Printable($"{finding.File}: {finding.Message} [{finding.Code}]"));
        }

        terminal.Output.WriteLine(CommandTerminal.Printable(findings.Count == 0
            ? $"{path}: {found.Count} files are those that key {key.Hint[..16]} signed"
            : $"{path}: the signature does not hold"));
    }

    private static string Read(string signature)
    {
        try
        {
            return new FileInfo(signature).Length <= MaxSignatureBytes
                ? File.ReadAllText(signature)
                : throw new ModelPackException($"{signature}: longer than any signature");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackException($"{signature}: cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }
}
