using System.Globalization;
using ModelPack.Cli.Terminal;
using ModelPack.Runtime;

namespace ModelPack.Cli.Calibrated;

/// <summary>Hands the progress of a pass on.</summary>
internal sealed class PassRelay(ProgressLine line) : IProgress<PassProgress>
{
    public void Report(PassProgress value) => line.Report(
        value.TokensDone,
        value.Tokens,
        0,
        value.Layer == value.Layers ? "head" : string.Create(CultureInfo.InvariantCulture, $"layer {value.Layer + 1} of {value.Layers}"));
}
