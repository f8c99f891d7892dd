namespace ModelPack.Quantize.Streaming;

/// <summary>A run of bytes in a file of the output, the same number for each row of a tensor.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="Offset">First byte of the first row.</param>
/// <param name="RowBytes">Bytes of a row.</param>
internal readonly record struct StreamedRange(int File, long Offset, int RowBytes);
