namespace ModelPack.Cli.Documents;

/// <summary>One tensor of the output.</summary>
internal sealed record QuantizedTensorDocument
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required long Bytes { get; init; }

    /// <summary>"copy" for f32, f16 and bf16, "gptq", "importance", else "rtn" (round to nearest).</summary>
    public required string Method { get; init; }

    /// <summary>
    /// Root of summed squared error over summed squares: of the outputs on the calibration text where there was one, else of the weights.
    /// </summary>
    public double? RelativeError { get; init; }

    /// <summary>Calibration rows that entered; of all experts together.</summary>
    public long? Tokens { get; init; }

    /// <summary>Each expert of a stack, where calibration looked at them.</summary>
    public IReadOnlyList<QuantizedExpertDocument>? Experts { get; init; }
}
