using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Verification;

namespace ModelPack.Cli.Packages;

/// <summary>Verifies a layout, a pulled package or packages for NuGet, and says what it found.</summary>
internal static class PackageCheck
{
    /// <param name="terminal">Where to write.</param>
    /// <param name="folder">The layout, the package, or a folder of packages.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <returns>The exit code: 3 when anything is not as the manifests say.</returns>
    public static async Task<int> RunAsync(CommandTerminal terminal, string folder, bool json, CancellationToken cancel)
    {
        ProgressLine line = new(terminal, "verify", TimeProvider.System);
        PackageVerification result;
        try
        {
            PackRelay relay = new(line, Total(folder));
            result = await (PackageVerifier.CanVerify(folder) ? PackageVerifier.RunAsync(folder, relay, cancel) : NuGetVerifier.RunAsync(folder, relay, cancel));
        }
        finally
        {
            line.Finish();
        }

        if (json)
        {
            JsonDocuments.Write(terminal.Output, Document(folder, result));
        }
        else
        {
            Write(terminal.Output, folder, result);
        }

        return result.Findings.Count == 0 ? ExitCode.Success : ExitCode.PolicyViolation;
    }

    private static long Total(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static f => f.Length);

    private static void Write(TextWriter output, string folder, PackageVerification result)
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
    }

    private static VerifyDocument Document(string folder, PackageVerification result) => new()
    {
        Path = folder,
        Format = result.Kind,
        Valid = result.Findings.Count == 0,
        Files = result.Files,
        Bytes = result.Bytes,
        HashedBytes = result.Bytes,
        Digests = result.Digests,
        Findings = [.. result.Findings.Select(static f => new Quantize.Onnx.FolderFinding(f.Code, f.Path, f.Text))],
    };
}
