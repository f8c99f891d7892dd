using ModelPack.Cli.Terminal;
using ModelPack.Packaging.Transfers;

namespace ModelPack.Cli.Packages;

/// <summary>Hands progress on at once; <see cref="Progress{T}"/> would hand it to the thread pool, out of order.</summary>
internal sealed class TransferRelay(ProgressLine line) : IProgress<TransferProgress>
{
    public void Report(TransferProgress value) => line.Report(value.Done, value.Total, value.Skipped, value.Item);
}
