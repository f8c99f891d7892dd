namespace ModelPack.Models.Gguf;

/// <summary>Constants of the format and the caps that this reader sets where the format sets none.</summary>
/// <remarks>Source: ggml's docs/gguf.md (versions 2 and 3 share one layout) and gguf.cpp.</remarks>
internal static class GgufFormat
{
    public const int Version = 3;

    /// <summary>Alignment of tensor data when the file names none.</summary>
    public const int DefaultAlignment = 32;

    public const int MaxAlignment = 1 << 20;

    public const int MaxKeyBytes = 65535;

    /// <summary>The longest name llama.cpp loads: GGML_MAX_NAME is 64 with the final zero.</summary>
    public const int MaxNameBytes = 63;

    /// <summary>The longest name that is read; other builds of ggml have a GGML_MAX_NAME of 128.</summary>
    public const int MaxNameBytesRead = 127;

    /// <summary>Whole tokenizer.json files stand in strings, so the cap is far above them.</summary>
    public const int MaxStringBytes = 1 << 28;

    public const int MaxArrayElements = 1 << 26;

    /// <summary>Arrays of arrays of … this many levels.</summary>
    public const int MaxArrayDepth = 8;

    public const int MaxDimensions = 4;

    /// <summary>Key length, one character, type, one byte.</summary>
    public const int MinKeyRecordBytes = 8 + 1 + 4 + 1;

    /// <summary>Name length, one character, rank, one dimension, type, offset.</summary>
    public const int MinTensorRecordBytes = 8 + 1 + 4 + 8 + 4 + 8;

    public const string AlignmentKey = "general.alignment";

    public const string SplitNumberKey = "split.no";

    public const string SplitCountKey = "split.count";

    public const string SplitTensorsKey = "split.tensors.count";

    public static ReadOnlySpan<byte> Magic => "GGUF"u8;

    /// <summary>Next multiple of the alignment.</summary>
    /// <exception cref="OverflowException">The result does not fit 63 bits.</exception>
    public static long Align(long position, int alignment) =>
        checked((position + alignment - 1) / alignment * alignment);

    /// <summary>Bytes of one value, for an array the fewest that an element can take.</summary>
    public static int MinBytes(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.Array => 12,
        _ => 8,
    };
}
