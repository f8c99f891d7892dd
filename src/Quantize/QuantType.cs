using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Blocks;

namespace ModelPack.Quantize;

/// <summary>A way to store weights that this tool can write. A new one is one block struct and one line in <see cref="All"/>.</summary>
public abstract class QuantType
{
    /// <summary>Single precision, as it is.</summary>
    public static QuantType F32 { get; } = new BlockType<F32Block>(GgmlType.F32);

    /// <summary>Half precision.</summary>
    public static QuantType F16 { get; } = new BlockType<F16Block>(GgmlType.F16);

    /// <summary>The upper half of single precision.</summary>
    public static QuantType BF16 { get; } = new BlockType<BF16Block>(GgmlType.BF16);

    /// <summary>3.4 bits: 3 around zero, scales in two levels.</summary>
    public static QuantType Q3_K { get; } = new BlockType<Q3_KBlock>(GgmlType.Q3_K);

    /// <summary>4 bits around zero, 32 weights a scale.</summary>
    public static QuantType Q4_0 { get; } = new BlockType<Q4_0Block>(GgmlType.Q4_0);

    /// <summary>4 bits, 32 weights a scale and minimum.</summary>
    public static QuantType Q4_1 { get; } = new BlockType<Q4_1Block>(GgmlType.Q4_1);

    /// <summary>5 bits around zero, 32 weights a scale.</summary>
    public static QuantType Q5_0 { get; } = new BlockType<Q5_0Block>(GgmlType.Q5_0);

    /// <summary>5 bits, 32 weights a scale and minimum.</summary>
    public static QuantType Q5_1 { get; } = new BlockType<Q5_1Block>(GgmlType.Q5_1);

    /// <summary>6.6 bits: 6 around zero, scales in two levels.</summary>
    public static QuantType Q6_K { get; } = new BlockType<Q6_KBlock>(GgmlType.Q6_K);

    /// <summary>8 bits, 32 weights a scale.</summary>
    public static QuantType Q8_0 { get; } = new BlockType<Q8_0Block>(GgmlType.Q8_0);

    /// <summary>Every type, in the order help shows them.</summary>
    public static IReadOnlyList<QuantType> All { get; } =
    [
        F32,
        F16,
        BF16,
        Q8_0,
        Q6_K,
        Q5_1,
        Q5_0,
        Q4_1,
        Q4_0,
        Q3_K,
    ];

    private protected QuantType(GgmlType storage) =>
        (Storage, Name) = (storage, storage.Name.ToLowerInvariant());

    /// <summary>The name a user types: "q4_k".</summary>
    public string Name { get; }

    /// <summary>Size and number of the type in a file.</summary>
    public GgmlType Storage { get; }

    /// <summary>Finds a type by the name a user types.</summary>
    /// <exception cref="ModelPackException">No type has that name.</exception>
    public static QuantType Parse(string name) =>
        All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ModelPackException($"unknown type '{name}'; expected one of {string.Join(", ", All)}");

    /// <summary>Finds the type that writes a storage type; null when this tool only reads it.</summary>
    public static QuantType? Find(GgmlType storage) => All.FirstOrDefault(t => t.Storage == storage);

    /// <summary>Encodes whole rows.</summary>
    /// <param name="weights">Rows of <paramref name="columns"/> finite weights, one after the other.</param>
    /// <param name="columns">Row length, a multiple of the block.</param>
    /// <param name="importance">
    /// One non-negative weight a column, shared by all rows (an imatrix entry: mean squared activation), or empty for none.
    /// </param>
    /// <param name="output">Filled completely: <c>Storage.SizeOf(weights.Length)</c> bytes.</param>
    /// <remarks>The bytes are those of ggml_quantize_chunk (v0.5.0), whatever instruction set the machine has.</remarks>
    public abstract void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<byte> output);

    /// <summary>Decodes whole blocks.</summary>
    public abstract void Decode(ReadOnlySpan<byte> input, Span<float> weights);

    public override string ToString() => Name;
}
