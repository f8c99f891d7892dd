using ModelPack.Models.Architectures;

namespace ModelPack.Models.Onnx.Export;

/// <summary>What can be wrong with the formats that an export is asked for.</summary>
internal static class ExportFaults
{
    public static UnsupportedModelException PlainType(TensorRole role, OnnxElementType type) =>
        new($"{role}: {type}; expected Float or Float16, the types that ONNX Runtime's matrix operators take");

    public static UnsupportedModelException Blocks(TensorRole role, OnnxWeightFormat.Blocks format) =>
        new($"{role}: {format.Bits} bits in blocks of {format.BlockSize}; expected 4 or 8 bits and blocks of 16, 32, 64, 128, 256 or, as 0, a whole row");

    public static UnsupportedModelException WholeRow(TensorRole role, int columns) =>
        new($"{role}: one scale for a row of {columns}; expected blocks of 16 to 256, as ONNX Runtime has whole rows for experts only");

    public static UnsupportedModelException ScaleType(TensorRole role, OnnxElementType type, OnnxElementType activation) =>
        new($"{role}: scales of type {type}; expected the activations' type, {activation}");

    public static UnsupportedModelException EmbeddingWidth(TensorRole role, int columns, int block) =>
        new($"{role}: {columns} columns in blocks of {block}; expected a block size that divides them, as embeddings are looked up");

    public static UnsupportedModelException ExpertWidth(TensorRole role, int columns, int block) =>
        new($"{role}: {columns} columns in blocks of {block}; expected a block size that divides them, as ONNX Runtime's QMoE pads no blocks");

    public static UnsupportedModelException ExpertZeroPoints(TensorRole role, int blocks, int bits) =>
        new($"{role}: zero points of {bits} bits for {blocks} {(blocks == 1 ? "block" : "blocks")} a row; expected an even number of blocks or symmetric weights, as QMoE's zero points are bytes");

    public static UnsupportedModelException ExpertFormats(TensorRole role, OnnxWeightFormat format, OnnxWeightFormat gate) =>
        new($"{role}: {Describe(format)} beside {Describe(gate)} of the same expert's gate; expected one type for gate, up and down of an expert, "
            + "as ONNX Runtime's QMoE has one: write the rule for 'experts.N.*'");

    public static UnsupportedModelException Rotation(int dimensions, int headSize) =>
        new($"config.json: head size {headSize}, {dimensions} of it rotated; expected multiples of 16, as ONNX Runtime's GroupQueryAttention wants");

    private static string Describe(OnnxWeightFormat format) => format switch
    {
        OnnxWeightFormat.Plain plain => plain.Type.ToString(),
        OnnxWeightFormat.Blocks { BlockSize: 0 } blocks => $"{Kind(blocks)} per row",
        OnnxWeightFormat.Blocks blocks => $"{Kind(blocks)} in blocks of {blocks.BlockSize}",
        _ => format.ToString(),
    };

    private static string Kind(OnnxWeightFormat.Blocks blocks) => $"{(blocks.Symmetric ? "symmetric" : "asymmetric")} int{blocks.Bits}";
}
