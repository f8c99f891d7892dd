namespace ModelPack.Models.Onnx;

/// <summary>Type of a tensor's elements, with ONNX's numbers (TensorProto.DataType).</summary>
public enum OnnxElementType
{
    /// <summary>Not said.</summary>
    Undefined = 0,

    /// <summary>IEEE single precision.</summary>
    Float = 1,

    /// <summary>Unsigned 8 bits; also bytes that hold packed integers.</summary>
    UInt8 = 2,

    /// <summary>Signed 8 bits.</summary>
    Int8 = 3,

    /// <summary>Unsigned 16 bits.</summary>
    UInt16 = 4,

    /// <summary>Signed 16 bits.</summary>
    Int16 = 5,

    /// <summary>Signed 32 bits.</summary>
    Int32 = 6,

    /// <summary>Signed 64 bits.</summary>
    Int64 = 7,

    /// <summary>Text.</summary>
    String = 8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 9,

    /// <summary>IEEE half precision.</summary>
    Float16 = 10,

    /// <summary>IEEE double precision.</summary>
    Double = 11,

    /// <summary>Unsigned 32 bits.</summary>
    UInt32 = 12,

    /// <summary>Unsigned 64 bits.</summary>
    UInt64 = 13,

    /// <summary>Two singles.</summary>
    Complex64 = 14,

    /// <summary>Two doubles.</summary>
    Complex128 = 15,

    /// <summary>The upper half of single precision.</summary>
    BFloat16 = 16,

    /// <summary>fp8, 4 bits of exponent, finite.</summary>
    Float8E4M3FN = 17,

    /// <summary>fp8, 4 bits of exponent, no negative zero.</summary>
    Float8E4M3FNUZ = 18,

    /// <summary>fp8, 5 bits of exponent.</summary>
    Float8E5M2 = 19,

    /// <summary>fp8, 5 bits of exponent, no negative zero.</summary>
    Float8E5M2FNUZ = 20,

    /// <summary>Unsigned 4 bits, two a byte.</summary>
    UInt4 = 21,

    /// <summary>Signed 4 bits, two a byte.</summary>
    Int4 = 22,

    /// <summary>fp4, two a byte.</summary>
    Float4E2M1 = 23,

    /// <summary>A power of two, as scales use it.</summary>
    Float8E8M0 = 24,

    /// <summary>Unsigned 2 bits, four a byte.</summary>
    UInt2 = 25,

    /// <summary>Signed 2 bits, four a byte.</summary>
    Int2 = 26,
}
