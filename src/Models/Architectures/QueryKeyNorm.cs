namespace ModelPack.Models.Architectures;

/// <summary>Whether queries and keys are normalized before they are rotated.</summary>
public enum QueryKeyNorm
{
    /// <summary>No norm.</summary>
    None,

    /// <summary>Each head by itself, with weights of one head's width shared by all heads (Qwen3).</summary>
    PerHead,

    /// <summary>All heads together, with weights of full width (MiniMax-M2).</summary>
    FullWidth,
}
