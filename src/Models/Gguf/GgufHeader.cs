namespace ModelPack.Models.Gguf;

/// <summary>What one GGUF file says before its data.</summary>
/// <param name="Version">2 or 3.</param>
/// <param name="Metadata">Keys in file order.</param>
/// <param name="Tensors">Tensors in file order; all lie inside the file and none overlap.</param>
/// <param name="Alignment">Alignment of the data section and of each tensor in it.</param>
/// <param name="DataOffset">First byte of the data section.</param>
internal sealed record GgufHeader(
    uint Version, GgufMetadata Metadata, IReadOnlyList<GgufTensorInfo> Tensors, int Alignment, long DataOffset);
