using ModelPack.Cli.Terminal;

namespace ModelPack.Cli.Calibrated;

/// <summary>Hands the progress of sensitivity measurements on.</summary>
internal sealed class ProbeRelay(ProgressLine line) : IProgress<(int Done, int All)>
{
    public void Report((int Done, int All) value) => line.Report(value.Done, value.All, 0, "");
}
