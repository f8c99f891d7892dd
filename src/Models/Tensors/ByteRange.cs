namespace ModelPack.Models.Tensors;

/// <summary>A run of bytes in one of a checkpoint's files.</summary>
/// <param name="File">Index into the checkpoint's list of weight files.</param>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Number of bytes.</param>
public readonly record struct ByteRange(int File, long Offset, long Length);
