using ModelPack.Models;
using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;

namespace ModelPack.Quantize.Onnx;

/// <summary>What a user can ask for in an ONNX export, for the whole model or for the tensors of a rule.</summary>
/// <param name="Name">The name a user types: "int4".</param>
/// <param name="Bits">Bits a weight, scales not counted.</param>
/// <param name="IsQuantized">Whether weights are whole numbers with a scale a block.</param>
public sealed record OnnxType(string Name, int Bits, bool IsQuantized)
{
    /// <summary>Single precision: exact.</summary>
    public static OnnxType F32 { get; } = new("f32", 32, false);

    /// <summary>Half precision.</summary>
    public static OnnxType F16 { get; } = new("f16", 16, false);

    /// <summary>8 bits, a scale a block.</summary>
    public static OnnxType Int8 { get; } = new("int8", 8, true);

    /// <summary>4 bits, a scale a block.</summary>
    public static OnnxType Int4 { get; } = new("int4", 4, true);

    /// <summary>Every type, in the order help shows them.</summary>
    public static IReadOnlyList<OnnxType> All { get; } = [F32, F16, Int8, Int4];

    /// <summary>Finds a type by the name that a user types, in any case.</summary>
    /// <exception cref="ModelPackException">No ONNX type has that name; a type of GGUF is called one.</exception>
    public static OnnxType Parse(string name) =>
        All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ModelPackException(IsGguf(name)
            ? $"'{name}' is a type of GGUF; ONNX has {string.Join(", ", All)}"
            : $"unknown type '{name}'; ONNX has {string.Join(", ", All)}");

    /// <summary>How a weight of this type is stored.</summary>
    /// <param name="blockSize">Weights that share a scale; 0 for a row.</param>
    /// <param name="symmetric">No zero points.</param>
    /// <param name="scales">Type of the scales.</param>
    public OnnxWeightFormat Format(int blockSize, bool symmetric, OnnxElementType scales) =>
        IsQuantized ? new OnnxWeightFormat.Blocks(Bits, blockSize, symmetric, scales)
        : new OnnxWeightFormat.Plain(Bits == 32 ? OnnxElementType.Float : OnnxElementType.Float16);

    public override string ToString() => Name;

    private static bool IsGguf(string name) =>
        QuantType.All.Any(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        || Mixtures.QuantPreset.All.Any(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
