namespace ModelPack.Models.Tensors;

/// <summary>What a checkpoint says about one stored tensor; no weights are read to build it.</summary>
/// <param name="Name">Name in the source checkpoint.</param>
/// <param name="Type">Element type on disk.</param>
/// <param name="Shape">Row-major shape, outermost dimension first; empty for a scalar.</param>
/// <param name="Location">Where the bytes lie.</param>
public sealed record TensorInfo(string Name, DType Type, IReadOnlyList<long> Shape, ByteRange Location)
{
    /// <summary>Name of the type as safetensors spells it: "F8_E4M3".</summary>
    public string TypeName => Type.Name();

    /// <summary>Number of elements; 1 for a scalar.</summary>
    public long Count => Shape.Aggregate(1L, static (n, d) => checked(n * d));
}
