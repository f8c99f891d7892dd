namespace ModelPack.Cli.Documents;

/// <summary>One tensor of the output.</summary>
internal sealed record QuantizedTensorDocument
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    public required long Bytes { get; init; }

    /// <summary>"copy" for f32, f16 and bf16, "importance" with an importance matrix, else "rtn" (round to nearest).</summary>
    public required string Method { get; init; }

    /// <summary>Root of summed squared error over summed squared weights.</summary>
    public double? RelativeError { get; init; }
}
