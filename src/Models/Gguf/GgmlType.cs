namespace ModelPack.Models.Gguf;

/// <summary>How ggml stores a tensor: its number in the file, its name, and the size of a block.</summary>
/// <param name="Id">The number in GGUF's tensor records (enum ggml_type).</param>
/// <param name="Name">ggml's spelling, upper case: "Q4_K".</param>
/// <param name="BlockWeights">Weights in a block; a row's length is a multiple of it.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <remarks>Source: ggml v0.5.0, ggml_type and type_traits. Sizes of types that this tool only reads are listed too.</remarks>
public sealed record GgmlType(int Id, string Name, int BlockWeights, int BlockBytes)
{
    public static GgmlType F32 { get; } = new(0, "F32", 1, 4);

    public static GgmlType F16 { get; } = new(1, "F16", 1, 2);

    public static GgmlType BF16 { get; } = new(30, "BF16", 1, 2);

    public static GgmlType Q4_0 { get; } = new(2, "Q4_0", 32, 18);

    public static GgmlType Q4_1 { get; } = new(3, "Q4_1", 32, 20);

    public static GgmlType Q5_0 { get; } = new(6, "Q5_0", 32, 22);

    public static GgmlType Q5_1 { get; } = new(7, "Q5_1", 32, 24);

    public static GgmlType Q8_0 { get; } = new(8, "Q8_0", 32, 34);

    public static GgmlType Q2_K { get; } = new(10, "Q2_K", 256, 84);

    public static GgmlType Q3_K { get; } = new(11, "Q3_K", 256, 110);

    public static GgmlType Q4_K { get; } = new(12, "Q4_K", 256, 144);

    public static GgmlType Q5_K { get; } = new(13, "Q5_K", 256, 176);

    public static GgmlType Q6_K { get; } = new(14, "Q6_K", 256, 210);

    /// <summary>Every type a GGUF file may name, ordered by number.</summary>
    public static IReadOnlyList<GgmlType> All { get; } =
    [
        F32,
        F16,
        Q4_0,
        Q4_1,
        Q5_0,
        Q5_1,
        Q8_0,
        new(9, "Q8_1", 32, 36),
        Q2_K,
        Q3_K,
        Q4_K,
        Q5_K,
        Q6_K,
        new(15, "Q8_K", 256, 292),
        new(16, "IQ2_XXS", 256, 66),
        new(17, "IQ2_XS", 256, 74),
        new(18, "IQ3_XXS", 256, 98),
        new(19, "IQ1_S", 256, 50),
        new(20, "IQ4_NL", 32, 18),
        new(21, "IQ3_S", 256, 110),
        new(22, "IQ2_S", 256, 82),
        new(23, "IQ4_XS", 256, 136),
        new(24, "I8", 1, 1),
        new(25, "I16", 1, 2),
        new(26, "I32", 1, 4),
        new(27, "I64", 1, 8),
        new(28, "F64", 1, 8),
        new(29, "IQ1_M", 256, 56),
        BF16,
        new(34, "TQ1_0", 256, 54),
        new(35, "TQ2_0", 256, 66),
        new(39, "MXFP4", 32, 17),
        new(40, "NVFP4", 64, 36),
        new(41, "Q1_0", 128, 18),
        new(42, "Q2_0", 64, 18),
    ];

    /// <summary>Finds a type by its number; null when unknown.</summary>
    public static GgmlType? Find(int id) => All.FirstOrDefault(t => t.Id == id);

    /// <summary>Bytes of a row, or of any run of weights that the block divides.</summary>
    /// <exception cref="OverflowException">The size does not fit 63 bits.</exception>
    public long SizeOf(long weights) => checked(weights / BlockWeights * BlockBytes);

    public override string ToString() => Name;
}
