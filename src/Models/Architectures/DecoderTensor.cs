namespace ModelPack.Models.Architectures;

/// <summary>A tensor that a <see cref="DecoderSpec"/> needs.</summary>
/// <param name="Role">Its place; all routed experts of a layer are one tensor here.</param>
/// <param name="Shape">Row-major as on the hub: outputs, inputs; experts first.</param>
/// <param name="Keys">The config keys its shape follows from, one text a dimension, for messages.</param>
public sealed record DecoderTensor(TensorRole Role, IReadOnlyList<long> Shape, string Keys)
{
    /// <summary>Number of weights.</summary>
    public long Count => Shape.Aggregate(1L, static (n, d) => checked(n * d));
}
