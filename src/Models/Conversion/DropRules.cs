using System.Globalization;
using ModelPack.Models.Architectures;

namespace ModelPack.Models.Conversion;

/// <summary>Which of a checkpoint's tensors no output needs, and why.</summary>
internal static class DropRules
{
    /// <summary>The reason to leave a tensor out; null when there is none.</summary>
    /// <param name="name">Name on the hub.</param>
    /// <param name="spec">The model.</param>
    /// <param name="head">The head's name on the hub.</param>
    /// <param name="predicts">Whether layers beyond the last may be there, for predicting more than one token.</param>
    public static string? ReasonFor(string name, DecoderSpec spec, string head, bool predicts) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal) ? "recomputed from the config when the model is loaded"
        : name == head && spec.TiedEmbeddings ? "the same as the embedding, to which config.json ties it"
        : predicts && LayerOf(name) >= spec.Layers.Count ? "multi-token prediction layer"
        : null;

    private static int LayerOf(string name)
    {
        const string Prefix = "model.layers.";
        int end = name.StartsWith(Prefix, StringComparison.Ordinal) ? name.IndexOf('.', Prefix.Length) : -1;
        return end > 0 && int.TryParse(name.AsSpan(Prefix.Length, end - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : -1;
    }
}
