using ModelPack.Models.Gguf;

namespace ModelPack.Quantize.Mixtures;

/// <summary>Which tensors of a preset get another type than its default: one member for each preset of llama-quantize.</summary>
/// <remarks>
/// Source: llama.cpp v0.5.0, src/llama-quant.cpp, llama_tensor_get_type_impl. Falcon's own rules are left out. All
/// mixtures share the rule for the output head (see <see cref="MixtureWalk"/>); a null rule keeps the default type.
/// </remarks>
public sealed class Mixture
{
    private delegate GgmlType? Rule(LayerPlace place, ModelTraits model, bool hasImportance);

    private static Rule MoreBits { get; } = static (place, _, _) => place.DeservesMoreBits ? GgmlType.Q6_K : null;

    /// <summary>Only the output head is raised.</summary>
    internal static Mixture HeadOnly { get; } = new();

    internal static Mixture Q2_K { get; } = new()
    {
        Values = static (_, model, _) => model.QueryGroup >= 4 ? GgmlType.Q4_K : GgmlType.Q3_K,
        Down = static (_, _, _) => GgmlType.Q3_K,
        AttentionOutput = GgmlType.Q3_K,
        AttentionOutputOfEight = GgmlType.Q5_K,
    };

    internal static Mixture Q3_K_S { get; } = new()
    {
        AttentionOutputOfEight = GgmlType.Q5_K,
    };

    internal static Mixture Q3_K_M { get; } = new()
    {
        Values = static (place, _, _) => place.Index < 2 ? GgmlType.Q5_K : GgmlType.Q4_K,
        Down = static (place, _, _) => place.IsInFirst(16) ? GgmlType.Q5_K : GgmlType.Q4_K,
        AttentionOutput = GgmlType.Q4_K,
        AttentionOutputOfEight = GgmlType.Q5_K,
    };

    internal static Mixture Q3_K_L { get; } = new()
    {
        Values = static (_, _, _) => GgmlType.Q5_K,
        Down = static (_, _, _) => GgmlType.Q5_K,
        AttentionOutput = GgmlType.Q5_K,
    };

    internal static Mixture Q4_0 { get; } = new()
    {
        Down = static (place, _, hasImportance) => hasImportance && place.IsInFirst(8) ? GgmlType.Q4_1 : null,
    };

    internal static Mixture Q4_K_S { get; } = new()
    {
        Values = static (place, _, _) => place.Index < 4 ? GgmlType.Q5_K : null,
        Down = static (place, _, _) => place.IsInFirst(8) ? GgmlType.Q5_K : null,
        AttentionOutputOfEight = GgmlType.Q5_K,
    };

    internal static Mixture Q4_K_M { get; } = new()
    {
        Values = MoreBits,
        Down = MoreBits,
        AttentionOutputOfEight = GgmlType.Q5_K,
    };

    internal static Mixture Q5_0 { get; } = new()
    {
        Down = static (place, _, hasImportance) => hasImportance && place.IsInFirst(8) ? GgmlType.Q5_1 : null,
    };

    internal static Mixture Q5_K_M { get; } = new()
    {
        Values = MoreBits,
        Down = MoreBits,
    };

    private Rule? Values { get; init; }

    private Rule? Down { get; init; }

    private GgmlType? AttentionOutput { get; init; }

    /// <summary>Type of the attention output of a model with exactly 8 experts (Mixtral).</summary>
    private GgmlType? AttentionOutputOfEight { get; init; }

    /// <summary>The type that the mixture gives a tensor; null keeps the default.</summary>
    /// <param name="category">Any but the head and the embeddings.</param>
    /// <param name="place">Where the tensor stands among those of its category.</param>
    /// <param name="model">Hyperparameters.</param>
    /// <param name="hasImportance">Whether an importance matrix is used.</param>
    /// <param name="default">The preset's default type.</param>
    internal GgmlType? Choose(
        TensorCategory category, LayerPlace place, ModelTraits model, bool hasImportance, GgmlType @default)
    {
        bool eightExperts = model.Experts == 8;
        switch (category)
        {
            case TensorCategory.AttentionV:
                GgmlType? type = Values?.Invoke(place, model, hasImportance);
                bool isNarrow = (type ?? @default) == GgmlType.Q3_K || (type ?? @default) == GgmlType.Q4_K;
                return eightExperts ? GgmlType.Q8_0 : model.IsSeventyBillion && isNarrow ? GgmlType.Q5_K : type;
            case TensorCategory.AttentionK:
                return eightExperts ? GgmlType.Q8_0 : null;
            case TensorCategory.AttentionOutput:
                return eightExperts ? AttentionOutputOfEight : AttentionOutput;
            case TensorCategory.FeedForwardDown:
                return Down?.Invoke(place, model, hasImportance);
            default:
                return null;
        }
    }
}
