using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Layouts;
using ModelPack.Packaging.NuGet;
using ModelPack.Packaging.Packing;

namespace ModelPack.Cli.Packages;

/// <summary>What pack does for NuGet once the licenses are audited.</summary>
internal static class NuGetPackRun
{
    /// <param name="terminal">Where to write.</param>
    /// <param name="request">What to pack.</param>
    /// <param name="options">How.</param>
    /// <param name="folder">Where the packages go.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops between buffers.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The folder is a layout.</exception>
    public static async Task<int> RunAsync(CommandTerminal terminal, PackageRequest request, NuGetPackOptions options, string folder, bool json, CancellationToken cancel)
    {
        if (LayoutStore.IsLayout(folder))
        {
            throw new UsageException($"--output: '{folder}' is an OCI layout; expected another folder for packages");
        }

        long total = request.Files.Sum(static f => f.Bytes);
        ProgressLine line = new(terminal, "pack", TimeProvider.System);
        NuGetPackResult result;
        try
        {
            result = await NuGetPacker.RunAsync(request, options, folder, new PackRelay(line, total), cancel);
        }
        finally
        {
            line.Finish();
        }

        if (json)
        {
            JsonDocuments.Write(terminal.Output, NuGetPackDocument.Of(folder, options.PartBytes, result));
            return ExitCode.Success;
        }

        TextWriter output = terminal.Output;
        output.WriteLine(CommandTerminal.Printable($"{result.Model.Identity} -> {folder}"));
        output.WriteLine($"  {result.Record.Files.Count} files, {ByteSize.Format(total)}, in {result.Record.Parts.Count} parts");
        output.WriteLine(CommandTerminal.Printable($"  license {(request.Licenses.Count == 0 ? "not said" : string.Join(", ", request.Licenses))}, audit: {request.Audit}"));
        foreach (NuGetPartRecord package in result.Record.Parts.Append(result.Model))
        {
            output.WriteLine($"  {package.Identity.FileName}  {ByteSize.Format(package.Bytes)}  {package.Digest}");
        }

        return ExitCode.Success;
    }
}
