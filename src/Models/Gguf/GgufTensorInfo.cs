namespace ModelPack.Models.Gguf;

/// <summary>One tensor record of a GGUF file.</summary>
/// <param name="Name">At most 64 bytes in llama.cpp.</param>
/// <param name="Type">Storage type.</param>
/// <param name="Shape">GGUF order: the row length (ne0) first; 1 to 4 dimensions.</param>
/// <param name="Offset">First byte, relative to the start of the data section of its file.</param>
public sealed record GgufTensorInfo(string Name, GgmlType Type, IReadOnlyList<long> Shape, long Offset)
{
    /// <summary>Number of weights.</summary>
    public long Count => Shape.Aggregate(1L, static (n, d) => checked(n * d));

    /// <summary>Bytes of the data, without padding.</summary>
    public long Bytes => Type.SizeOf(Count);
}
