using System.Globalization;

namespace ModelPack.Models.Conversion;

/// <summary>The order of tensors in a file that llama-quantize writes: outside the layers, then layer by layer, each by name.</summary>
/// <remarks>Source: llama.cpp v0.5.0, llama-model-loader.h, weight_name_comparer.</remarks>
public sealed class GgufTensorOrder : IComparer<string>
{
    private const string LayerPrefix = "blk.";

    private GgufTensorOrder()
    {
    }

    /// <summary>The one comparer.</summary>
    public static GgufTensorOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        int byLayer = LayerOf(x ?? "").CompareTo(LayerOf(y ?? ""));
        return byLayer != 0 ? byLayer : string.CompareOrdinal(x, y);
    }

    private static int LayerOf(string name)
    {
        if (!name.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            return -1;
        }

        int end = name.IndexOf('.', LayerPrefix.Length);
        return end > 0 && int.TryParse(name.AsSpan(LayerPrefix.Length, end - LayerPrefix.Length),
            NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : -1;
    }
}
