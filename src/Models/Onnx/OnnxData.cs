namespace ModelPack.Models.Onnx;

/// <summary>Where a tensor's bytes are; a closed choice. Little endian, as raw_data.</summary>
/// <param name="Bytes">Length in bytes.</param>
public abstract record OnnxData(long Bytes)
{
    /// <summary>In the model, held in memory.</summary>
    /// <param name="Content">The bytes.</param>
    public sealed record Inline(ReadOnlyMemory<byte> Content) : OnnxData(Content.Length);

    /// <summary>In the model file, not read: a reader leaves large tensors where they are.</summary>
    /// <param name="Offset">First byte in the file; -1 when the elements are spelled one by one.</param>
    /// <param name="Bytes">Length in bytes.</param>
    public sealed record InFile(long Offset, long Bytes) : OnnxData(Bytes);

    /// <summary>In another file (external_data).</summary>
    /// <param name="Location">Path relative to the model's folder, with '/', never leaving it.</param>
    /// <param name="Offset">First byte.</param>
    /// <param name="Bytes">Length in bytes.</param>
    public sealed record External(string Location, long Offset, long Bytes) : OnnxData(Bytes);
}
