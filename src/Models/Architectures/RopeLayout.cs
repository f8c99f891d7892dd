namespace ModelPack.Models.Architectures;

/// <summary>Which elements of a head are rotated together.</summary>
public enum RopeLayout
{
    /// <summary>Element i with element i + n/2: what the hub's Llama code expects, "neox" in llama.cpp.</summary>
    Halves,

    /// <summary>Element 2i with element 2i + 1: Meta's and DeepSeek's order, "norm" in llama.cpp.</summary>
    Pairs,
}
