using ModelPack.Quantize.Calibration;

namespace ModelPack.Runtime.Calibration;

/// <summary>What a calibration saw.</summary>
/// <param name="Collector">The statistics.</param>
/// <param name="Windows">Windows of text that were run.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Rounds">Passes over the model.</param>
/// <param name="TextEnded">Whether more text was wanted than there was.</param>
public sealed record CalibrationResult(ImportanceCollector Collector, int Windows, int Context, int Rounds, bool TextEnded)
{
    /// <summary>Tokens that were run.</summary>
    public long Tokens => (long)Windows * Context;
}
