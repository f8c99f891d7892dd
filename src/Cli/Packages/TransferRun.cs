using ModelPack.Cli.Documents;
using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Oci;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Packages;

/// <summary>What push and copy do once it is clear what goes where.</summary>
internal static class TransferRun
{
    /// <param name="terminal">Where to write.</param>
    /// <param name="verb">For the progress.</param>
    /// <param name="transfer">From where to where.</param>
    /// <param name="root">What.</param>
    /// <param name="tags">Under which tags.</param>
    /// <param name="destination">For people.</param>
    /// <param name="json">Print one JSON document.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        CommandTerminal terminal, string verb, PackageTransfer transfer, OciManifest root, IReadOnlyList<string> tags, string destination, bool json, CancellationToken cancel)
    {
        ProgressLine line = new(terminal, verb, TimeProvider.System);
        TransferResult result;
        try
        {
            result = await transfer.RunAsync(root, tags, new TransferRelay(line), cancel);
        }
        finally
        {
            line.Finish();
        }

        if (json)
        {
            JsonDocuments.Write(terminal.Output, TransferDocument.Of(destination, result));
            return ExitCode.Success;
        }

        terminal.Output.WriteLine($"{destination}@{result.Digest}");
        string mounted = result.Mounted > 0 ? $", {result.Mounted} mounted" : "";
        terminal.Output.WriteLine($"  {result.Sent} blobs sent ({ByteSize.Format(result.SentBytes)}), {result.Skipped} there before{mounted}{(result.Attached > 0 ? $", {result.Attached} documents attached" : "")}");
        foreach (string tag in result.Tags)
        {
            terminal.Output.WriteLine($"  {CommandTerminal.Printable(tag)}");
        }

        return ExitCode.Success;
    }
}
