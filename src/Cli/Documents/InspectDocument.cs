namespace ModelPack.Cli.Documents;

/// <summary>What <c>modelpack inspect --json</c> prints; fields are added, never renamed.</summary>
internal sealed record InspectDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>"safetensors", "gguf" or "onnx".</summary>
    public required string Format { get; init; }

    /// <summary>Class name of a checkpoint, general.architecture of a GGUF, model type of a GenAI folder; null for a bare weight file.</summary>
    public string? Architecture { get; init; }

    /// <summary>Weights of the model, without scales and dropped layers.</summary>
    public required long Parameters { get; init; }

    /// <summary>Weights that one token uses.</summary>
    public required long ActiveParameters { get; init; }

    public int? Layers { get; init; }

    public ExpertsDocument? Experts { get; init; }

    public AttentionDocument? Attention { get; init; }

    public long? ContextLength { get; init; }

    public long? VocabularySize { get; init; }

    /// <summary>How the weights are packed: "none", "fp8 128x128", …</summary>
    public string? Encoding { get; init; }

    /// <summary>Kind and pre-tokenizer of the vocabulary: "bpe/qwen2".</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The licence that the model card or metadata declares.</summary>
    public string? License { get; init; }

    /// <summary>Bytes of tensor data, all types together.</summary>
    public required long Bytes { get; init; }

    /// <summary>Bytes by storage type.</summary>
    public required IReadOnlyDictionary<string, long> Types { get; init; }

    public IReadOnlyList<InspectTensor>? Tensors { get; init; }
}
