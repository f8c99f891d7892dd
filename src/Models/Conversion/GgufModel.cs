using ModelPack.Models.Gguf;

namespace ModelPack.Models.Conversion;

/// <summary>A model as GGUF spells it, before any type is chosen: what a converter or a GGUF reader hands to a plan.</summary>
/// <param name="Metadata">All keys but general.file_type and general.quantization_version, which the plan adds.</param>
/// <param name="Tensors">In file order: names outside a layer first, then layer by layer, each in ordinal order.</param>
/// <param name="DefaultType">F32, F16 or BF16: the type "auto" stands for.</param>
/// <param name="Sources">Files whose weights are read; a resumed run checks that they did not change.</param>
/// <param name="Dropped">Source tensors that are knowingly left out, each with the reason.</param>
public sealed record GgufModel(
    GgufMetadata Metadata,
    IReadOnlyList<GgufModelTensor> Tensors,
    GgmlType DefaultType,
    IReadOnlyList<string> Sources,
    IReadOnlyList<DroppedTensor> Dropped);
