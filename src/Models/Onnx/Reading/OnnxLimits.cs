namespace ModelPack.Models.Onnx.Reading;

/// <summary>Caps that this reader sets where the format sets none. A real model is far below each of them.</summary>
internal static class OnnxLimits
{
    /// <summary>Longest raw_data that is held in memory: shapes, axes and small tables fit, weights do not.</summary>
    public const int InlineBytes = 64 << 10;

    /// <summary>All data that is held in memory; what comes after it stays in the file, however small.</summary>
    public const long InlineBytesInAll = 32 << 20;

    /// <summary>Nodes, attributes, tensors, values and functions together. 384 experts × 61 layers, unfused, make about 400 000.</summary>
    public const int Records = 1 << 20;

    /// <summary>Names, dimensions and numbers in lists, together.</summary>
    public const int Elements = 1 << 23;

    /// <summary>Fields of the file, known or not: bounds the time that a file of nothing but two-byte fields takes.</summary>
    public const long Fields = 1 << 25;

    /// <summary>Longest name of anything.</summary>
    public const int NameBytes = 16 << 10;

    /// <summary>Longest text of an attribute or of the metadata; a longer attribute is read past.</summary>
    public const int TextBytes = 1 << 20;

    /// <summary>All names and texts together.</summary>
    public const long TextBytesInAll = 64 << 20;

    /// <summary>Graphs in graphs. Protocol buffers' own limit of 100 messages ends at 33.</summary>
    public const int Depth = 33;

    /// <summary>Largest tensor: 1 TiB, so that the sum of all of them fits 63 bits.</summary>
    public const long TensorBytes = 1L << 40;

    /// <summary>Sizes of one tensor.</summary>
    public const int Rank = 64;
}
