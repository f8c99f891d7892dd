namespace ModelPack.Models.Onnx;

/// <summary>One dimension: a size, or a name for a size that is known when the graph runs.</summary>
/// <param name="Size">The size; null when it is named, or unknown.</param>
/// <param name="Name">The name: "batch_size".</param>
public readonly record struct OnnxDimension(long? Size, string? Name)
{
    /// <summary>A fixed size.</summary>
    public static implicit operator OnnxDimension(long size) => new(size, null);

    /// <summary>A named size.</summary>
    public static implicit operator OnnxDimension(string name) => new(null, name);
}
