namespace ModelPack.Quantize.Calibrated;

/// <summary>How one weight of a solved tensor came out.</summary>
/// <param name="Expert">Routed expert; null for anything else.</param>
/// <param name="Method">"gptq", "importance" or "rtn".</param>
/// <param name="Tokens">Calibration rows that it saw.</param>
/// <param name="Shrinkage">Share of its own statistics in what it was solved with.</param>
/// <param name="RelativeError">Root of its outputs' squared error over their squares, on the calibration inputs.</param>
/// <param name="Fallback">Why it is not the method that was asked for; null when it is.</param>
/// <param name="FellBack">Whether that counts against the most fallbacks that are allowed.</param>
public sealed record TensorSolution(
    int? Expert, string Method, long Tokens, double Shrinkage, double RelativeError, string? Fallback, bool FellBack);
