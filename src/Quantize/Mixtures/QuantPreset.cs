using ModelPack.Models;
using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Mixtures;

/// <summary>What a user asks for with <c>-t</c>: a default type and, for K-quants, a mixture around it.</summary>
/// <param name="Name">The name a user types: "q4_k_m".</param>
/// <param name="FileType">llama.cpp's llama_ftype, written as general.file_type.</param>
/// <param name="Default">Type of every tensor that no rule of the mixture raises.</param>
/// <param name="Mixture">Which tensors get another type; null where all get the default.</param>
/// <remarks>Source: llama.cpp v0.5.0, include/llama.h and llama_ftype_get_default_type.</remarks>
public sealed record QuantPreset(string Name, int FileType, GgmlType Default, Mixture? Mixture)
{
    private static readonly (string Alias, string Name)[] Aliases =
    [
        ("int4", "q4_k_m"),
        ("int8", "q8_0"),
        ("q3_k", "q3_k_m"),
        ("q4_k", "q4_k_m"),
        ("q5_k", "q5_k_m"),
    ];

    public static QuantPreset F32 { get; } = new("f32", 0, GgmlType.F32, null);

    public static QuantPreset F16 { get; } = new("f16", 1, GgmlType.F16, null);

    public static QuantPreset BF16 { get; } = new("bf16", 32, GgmlType.BF16, null);

    /// <summary>Every preset, in the order help shows them.</summary>
    public static IReadOnlyList<QuantPreset> All { get; } =
    [
        F32,
        F16,
        BF16,
        new("q8_0", 7, GgmlType.Q8_0, Mixture.HeadOnly),
        new("q6_k", 18, GgmlType.Q6_K, Mixture.HeadOnly),
        new("q5_k_m", 17, GgmlType.Q5_K, Mixture.Q5_K_M),
        new("q5_k_s", 16, GgmlType.Q5_K, Mixture.HeadOnly),
        new("q5_1", 9, GgmlType.Q5_1, Mixture.HeadOnly),
        new("q5_0", 8, GgmlType.Q5_0, Mixture.Q5_0),
        new("q4_k_m", 15, GgmlType.Q4_K, Mixture.Q4_K_M),
        new("q4_k_s", 14, GgmlType.Q4_K, Mixture.Q4_K_S),
        new("q4_1", 3, GgmlType.Q4_1, Mixture.HeadOnly),
        new("q4_0", 2, GgmlType.Q4_0, Mixture.Q4_0),
        new("q3_k_l", 13, GgmlType.Q3_K, Mixture.Q3_K_L),
        new("q3_k_m", 12, GgmlType.Q3_K, Mixture.Q3_K_M),
        new("q3_k_s", 11, GgmlType.Q3_K, Mixture.Q3_K_S),
        new("q2_k", 10, GgmlType.Q2_K, Mixture.Q2_K),
    ];

    /// <summary>Whether the default type stores blocks; rules of shape and mixture apply to those only.</summary>
    public bool IsQuantized => Default.BlockWeights > 1;

    /// <summary>Finds a preset by the name or alias that a user types, in any case.</summary>
    /// <exception cref="ModelPackException">No preset has that name.</exception>
    public static QuantPreset Parse(string name)
    {
        string sought = name.ToLowerInvariant();
        foreach ((string alias, string meant) in Aliases)
        {
            if (sought == alias)
            {
                sought = meant;
            }
        }

        return All.FirstOrDefault(p => p.Name == sought)
            ?? throw new ModelPackException(
                $"unknown type '{name}'; expected one of {string.Join(", ", All)}, {string.Join(", ", Aliases.Select(a => a.Alias))}");
    }

    public override string ToString() => Name;
}
