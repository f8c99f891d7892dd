using System.Globalization;

namespace ModelPack.Quantize.Plans;

/// <summary>The order of tensors in a quantized file: names outside a layer, then layer by layer, each in ordinal order.</summary>
/// <remarks>Source: llama.cpp v0.5.0, src/llama-model-loader.h, weight_name_comparer. Mixtures count in this order.</remarks>
public sealed class TensorOrder : IComparer<string>
{
    private TensorOrder()
    {
    }

    public static TensorOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        int byLayer = LayerOf(x).CompareTo(LayerOf(y));
        return byLayer != 0 ? byLayer : string.CompareOrdinal(x, y);
    }

    private static int LayerOf(ReadOnlySpan<char> name)
    {
        if (!name.StartsWith("blk.", StringComparison.Ordinal))
        {
            return -1;
        }

        ReadOnlySpan<char> rest = name[4..];
        int dot = rest.IndexOf('.');
        return dot > 0 && int.TryParse(rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer : -1;
    }
}
