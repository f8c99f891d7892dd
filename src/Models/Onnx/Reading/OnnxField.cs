namespace ModelPack.Models.Onnx.Reading;

/// <summary>One field of a message.</summary>
/// <param name="Number">Which field.</param>
/// <param name="Wire">How it is written: 0 varint, 1 and 5 fixed 64 and 32 bits, 2 bytes with a length.</param>
/// <param name="Value">The number, as its bits; 0 for wire type 2.</param>
/// <param name="Start">First byte of the content in the file.</param>
/// <param name="End">First byte behind the content.</param>
internal readonly record struct OnnxField(int Number, int Wire, ulong Value, long Start, long End)
{
    /// <summary>Bytes of the content.</summary>
    public long Length => End - Start;
}
