using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Mixtures;

/// <summary>What replaces a type whose block does not divide a tensor's rows.</summary>
/// <remarks>
/// Source: llama.cpp v0.5.0, src/llama-quant.cpp, tensor_type_fallback. Where that gives up (a 32-weight block that
/// does not divide the row) the type is F16, as its converter does.
/// </remarks>
internal static class TypeFallback
{
    private static readonly Dictionary<GgmlType, GgmlType> Narrower = new()
    {
        [GgmlType.Q2_K] = GgmlType.Q4_0,
        [GgmlType.Q3_K] = GgmlType.Q4_0,
        [GgmlType.Q4_K] = GgmlType.Q5_0,
        [GgmlType.Q5_K] = GgmlType.Q5_1,
        [GgmlType.Q6_K] = GgmlType.Q8_0,
    };

    /// <summary>The type itself where its block divides the row, else the one that takes its place.</summary>
    public static GgmlType For(GgmlType type, long columns)
    {
        if (columns % type.BlockWeights == 0)
        {
            return type;
        }

        return Narrower.TryGetValue(type, out GgmlType? narrower) && columns % narrower.BlockWeights == 0
            ? narrower
            : GgmlType.F16;
    }
}
