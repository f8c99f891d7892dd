namespace ModelPack.Models.Onnx;

/// <summary>Sizes and short names of element types.</summary>
public static class OnnxElementTypes
{
    /// <summary>Bits of one element; 0 for text and for a type that is not said.</summary>
    public static int Bits(this OnnxElementType type) => type switch
    {
        OnnxElementType.UInt2 or OnnxElementType.Int2 => 2,
        OnnxElementType.UInt4 or OnnxElementType.Int4 or OnnxElementType.Float4E2M1 => 4,
        OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool
            or OnnxElementType.Float8E4M3FN or OnnxElementType.Float8E4M3FNUZ or OnnxElementType.Float8E5M2
            or OnnxElementType.Float8E5M2FNUZ or OnnxElementType.Float8E8M0 => 8,
        OnnxElementType.UInt16 or OnnxElementType.Int16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 16,
        OnnxElementType.Float or OnnxElementType.Int32 or OnnxElementType.UInt32 => 32,
        OnnxElementType.Double or OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Complex64 => 64,
        OnnxElementType.Complex128 => 128,
        _ => 0,
    };

    /// <summary>Short name: "f32", "f16", "int8", "uint4".</summary>
    public static string ShortName(this OnnxElementType type) => type switch
    {
        OnnxElementType.Float => "f32",
        OnnxElementType.Float16 => "f16",
        OnnxElementType.Double => "f64",
        OnnxElementType.BFloat16 => "bf16",
        OnnxElementType.Float8E4M3FN => "f8_e4m3",
        OnnxElementType.Float8E4M3FNUZ => "f8_e4m3fnuz",
        OnnxElementType.Float8E5M2 => "f8_e5m2",
        OnnxElementType.Float8E5M2FNUZ => "f8_e5m2fnuz",
        OnnxElementType.Float8E8M0 => "f8_e8m0",
        OnnxElementType.Float4E2M1 => "f4_e2m1",
        _ => type.ToString().ToLowerInvariant(),
    };

    /// <summary>Bytes of a tensor as raw_data holds it: elements of less than a byte are packed, the last byte filled up.</summary>
    /// <returns>Null for text, for a type that is not said, and where the size does not fit 63 bits.</returns>
    public static long? Bytes(this OnnxElementType type, IReadOnlyList<long> shape)
    {
        UInt128 bits = (UInt128)type.Bits();
        foreach (long size in shape)
        {
            bits = size < 0 || bits > long.MaxValue ? UInt128.MaxValue : bits * (UInt128)size;
        }

        return type.Bits() == 0 || bits / 8 > long.MaxValue ? null : (long)((bits + 7) / 8);
    }
}
