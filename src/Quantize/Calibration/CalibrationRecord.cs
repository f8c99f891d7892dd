namespace ModelPack.Quantize.Calibration;

/// <summary>What an output says of the calibration that it was made with.</summary>
/// <param name="Method">"gptq" or "importance".</param>
/// <param name="Dataset">Name of the text, without its folder.</param>
/// <param name="Sha256">Of the token ids, as little-endian int32, window after window: the same for the same text and tokenizer.</param>
/// <param name="Tokens">Number of tokens.</param>
/// <param name="Context">Tokens of a window.</param>
public sealed record CalibrationRecord(string Method, string Dataset, string Sha256, long Tokens, int Context);
