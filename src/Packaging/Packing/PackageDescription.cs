namespace ModelPack.Packaging.Packing;

/// <summary>What a model is, as far as the config of the CNCF ModelPack specification says it (docs/config.md).</summary>
public sealed record PackageDescription
{
    public string? Architecture { get; init; }

    /// <summary>"gguf", "onnx", "safetensors".</summary>
    public string? Format { get; init; }

    /// <summary>Number of weights; null when not known.</summary>
    public long? Parameters { get; init; }

    /// <summary>"bfloat16", "float16", "float32"; null for a quantized model.</summary>
    public string? Precision { get; init; }

    /// <summary>"q4_k", …; null for a model that is not quantized.</summary>
    public string? Quantization { get; init; }

    /// <summary>Whether text goes in and text comes out.</summary>
    public bool IsTextModel { get; init; }

    /// <summary>Codes of two letters.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];
}
