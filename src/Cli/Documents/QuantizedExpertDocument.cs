namespace ModelPack.Cli.Documents;

/// <summary>One expert of a tensor of the output.</summary>
internal sealed record QuantizedExpertDocument
{
    public required int Index { get; init; }

    /// <summary>Bits a weight, scales included.</summary>
    public required double Bits { get; init; }

    /// <summary>Calibration tokens that the router sent there.</summary>
    public required long Tokens { get; init; }

    /// <summary>Root of the outputs' squared error over their squares, on those tokens.</summary>
    public required double RelativeError { get; init; }

    /// <summary>Why it is not the tensor's method; null when it is.</summary>
    public string? Fallback { get; init; }
}
