namespace ModelPack.Models.Onnx;

/// <summary>A tensor that a model stores, and what its graph does with it.</summary>
/// <param name="Name">Name of the initializer, or of the output of the Constant node.</param>
/// <param name="Tensor">The tensor as stored.</param>
/// <param name="Type">Type of its weights: that of its elements, or "int4", "int8" … where an operator unpacks bytes.</param>
/// <param name="Parameters">Weights in it; 0 for scales, zero points, shapes, single numbers and tables of angles.</param>
public sealed record OnnxConstant(string Name, OnnxTensor Tensor, string Type, long Parameters)
{
    /// <summary>Experts of a stack and how many of them a token uses; null for what every token uses.</summary>
    public (long Count, long Active)? Experts { get; init; }
}
