using System.Text.Json.Serialization;

namespace ModelPack.Quantize.Calibrated;

/// <summary>What became of one weight: how it was encoded, how well, and where its rows lie in the store's file of its layer.</summary>
internal sealed record SolvedEntry
{
    /// <summary>Path of the role: "layers.3.experts.5.down".</summary>
    public required string Role { get; init; }

    /// <summary>Target: "Q4_K", "int4 g128 sym".</summary>
    public required string Grid { get; init; }

    /// <summary>"gptq" or "importance".</summary>
    public required string Method { get; init; }

    /// <summary>Why it is not what was asked for; null when it is.</summary>
    public string? Fallback { get; init; }

    /// <summary>Whether that counts as a failure of the method: rounding that was better does not.</summary>
    public bool FellBack { get; init; }

    /// <summary>Rows that the inputs' statistics come from.</summary>
    public required long Tokens { get; init; }

    /// <summary>Share of the weight's own statistics in what was solved with, 1 for all.</summary>
    public required double Shrinkage { get; init; }

    /// <summary>Root of the outputs' squared error over their squares, on the calibration inputs.</summary>
    public required double RelativeError { get; init; }

    public required long Rows { get; init; }

    public required int ValueBytes { get; init; }

    public required int ScaleBytes { get; init; }

    public required int ZeroBytes { get; init; }

    /// <summary>First byte in the file of the layer: all values, then all scales, then all zero points.</summary>
    public required long Offset { get; init; }

    [JsonIgnore]
    public long Bytes => Rows * (ValueBytes + ScaleBytes + ZeroBytes);
}
