using System.Diagnostics.CodeAnalysis;

namespace ModelPack.Models.Onnx;

/// <summary>A constant argument of an operator (AttributeProto); a closed choice.</summary>
/// <param name="Name">Name.</param>
[SuppressMessage("Naming", "CA1711", Justification = "ONNX's own word for it.")]
public abstract record OnnxAttribute(string Name)
{
    /// <summary>A number.</summary>
    public sealed record Float(string Name, float Value) : OnnxAttribute(Name);

    /// <summary>A whole number.</summary>
    public sealed record Int(string Name, long Value) : OnnxAttribute(Name);

    /// <summary>A text.</summary>
    public sealed record Text(string Name, string Value) : OnnxAttribute(Name);

    /// <summary>Whole numbers.</summary>
    public sealed record Ints(string Name, IReadOnlyList<long> Values) : OnnxAttribute(Name);

    /// <summary>Numbers.</summary>
    public sealed record Floats(string Name, IReadOnlyList<float> Values) : OnnxAttribute(Name);

    /// <summary>A tensor, as in Constant.</summary>
    public sealed record Tensor(string Name, OnnxTensor Value) : OnnxAttribute(Name);

    /// <summary>A graph of its own, as in If, Loop and Scan.</summary>
    public sealed record Graph(string Name, OnnxGraph Value) : OnnxAttribute(Name);

    /// <summary>Anything else: read past, never written.</summary>
    public sealed record Other(string Name) : OnnxAttribute(Name);
}
