namespace ModelPack.Quantize.Plans;

/// <summary>Why a tensor has its type.</summary>
public enum TypeReason
{
    /// <summary>A norm, vector or router: never quantized.</summary>
    Kept,

    /// <summary>The preset's default type.</summary>
    Preset,

    /// <summary>The preset's mixture gives this tensor more bits, or fewer.</summary>
    Mixture,

    /// <summary>A rule of the user.</summary>
    Rule,

    /// <summary>The wanted type's block does not divide the tensor's rows.</summary>
    Fallback,
}
