using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Packages;

/// <summary>Shows how many bytes of the files are packed.</summary>
internal sealed class PackRelay(ProgressLine line, long total) : IProgress<long>
{
    public void Report(long value) => line.Report(value, total, 0, "");
}
