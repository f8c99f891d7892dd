namespace ModelPack.Tests.Support;

/// <summary>How llama.cpp is to quantize.</summary>
/// <param name="FileType">The preset.</param>
internal sealed record LlamaQuantizeOptions(LlamaFileType FileType)
{
    /// <summary>Threads; the bytes do not depend on them.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Mean squared activations by GGUF tensor name: a weight a column, expert after expert for a stack.</summary>
    public IReadOnlyDictionary<string, float[]>? Imatrix { get; init; }

    /// <summary>Every tensor gets the preset's first type.</summary>
    public bool Pure { get; init; }

    /// <summary>Leaves output.weight alone.</summary>
    public bool LeaveOutput { get; init; }

    /// <summary>Accepts input that is quantized already.</summary>
    public bool AllowRequantize { get; init; }

    /// <summary>ggml number of output.weight's type; null for the preset's.</summary>
    public int? OutputType { get; init; }

    /// <summary>ggml number of token_embd.weight's type; null for the preset's.</summary>
    public int? EmbeddingType { get; init; }

    /// <summary>Regular expressions on tensor names with ggml numbers of types; the first match wins.</summary>
    public IReadOnlyList<(string Pattern, int Type)> TensorTypes { get; init; } = [];

    /// <summary>Metadata that is added to the output, ints and strings, as llama-quantize adds its imatrix keys.</summary>
    public IReadOnlyList<(string Key, object Value)> Metadata { get; init; } = [];
}
