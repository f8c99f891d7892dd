using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Models.Tensors.Kernels;

/// <summary>Widens stored elements to float32: exact for every type of at most 24 significant bits, else rounded to nearest even.</summary>
/// <remarks>Bytes are little-endian. The vector loops handle whole blocks; the scalar functions are the specification and do the rest.</remarks>
internal static class Widen
{
    /// <summary>Widens as many elements as the destination holds.</summary>
    internal delegate void Kernel(ReadOnlySpan<byte> source, Span<float> destination);

    public static void F64(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(i * 8)..]);
        }
    }

    public static void F32(ReadOnlySpan<byte> source, Span<float> destination)
    {
        if (BitConverter.IsLittleEndian)
        {
            source[..(destination.Length * 4)].CopyTo(MemoryMarshal.AsBytes(destination));
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(i * 4)..]);
        }
    }

    public static void BF16(ReadOnlySpan<byte> source, Span<float> destination) =>
        FloatConversion.WidenBF16(source[..(destination.Length * 2)], destination);

    public static void F16(ReadOnlySpan<byte> source, Span<float> destination) =>
        FloatConversion.WidenF16(source[..(destination.Length * 2)], destination);

    /// <summary>Sign 1, exponent 4 (bias 7), fraction 3; no infinities, 0x7F and 0xFF are NaN (the "fn" variant of every hub).</summary>
    public static void F8E4M3(ReadOnlySpan<byte> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= destination.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Create(source[i..]));
            (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
            (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
            E4M3ToSingle(a).CopyTo(destination[i..]);
            E4M3ToSingle(b).CopyTo(destination[(i + 4)..]);
            E4M3ToSingle(c).CopyTo(destination[(i + 8)..]);
            E4M3ToSingle(d).CopyTo(destination[(i + 12)..]);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = E4M3ToSingle(Vector128.CreateScalar((uint)source[i])).ToScalar();
        }
    }

    /// <summary>The upper half of an IEEE half.</summary>
    public static void F8E5M2(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = HalfToSingle(Vector128.CreateScalar((uint)source[i] << 8)).ToScalar();
        }
    }

    /// <summary>2^(byte - 127), a power of two without sign; 255 is NaN.</summary>
    public static void F8E8M0(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = source[i] switch
            {
                0 => BitConverter.UInt32BitsToSingle(0x0040_0000),
                255 => float.NaN,
                byte e => BitConverter.UInt32BitsToSingle((uint)e << 23),
            };
        }
    }

    /// <summary>Two e2m1 values a byte, the low four bits first; the span starts at a whole byte.</summary>
    public static void F4(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ReadOnlySpan<float> values = [0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f];
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = values[(source[i >> 1] >> ((i & 1) * 4)) & 15];
        }
    }

    public static void I64(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(i * 8)..]);
        }
    }

    public static void U64(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadUInt64LittleEndian(source[(i * 8)..]);
        }
    }

    public static void I32(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadInt32LittleEndian(source[(i * 4)..]);
        }
    }

    public static void U32(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadUInt32LittleEndian(source[(i * 4)..]);
        }
    }

    public static void I16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadInt16LittleEndian(source[(i * 2)..]);
        }
    }

    public static void U16(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = BinaryPrimitives.ReadUInt16LittleEndian(source[(i * 2)..]);
        }
    }

    public static void I8(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (sbyte)source[i];
        }
    }

    public static void U8(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = source[i];
        }
    }

    public static void Bool(ReadOnlySpan<byte> source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = source[i] == 0 ? 0f : 1f;
        }
    }

    // Fraction and exponent are moved into place and the exponent's bias is mended by a multiplication with a power of two, which is
    // exact and turns small floats' subnormals into normal numbers.
    private static Vector128<float> HalfToSingle(Vector128<uint> half)
    {
        Vector128<uint> magnitude = half & Vector128.Create(0x7FFFu);
        Vector128<uint> special = Vector128.GreaterThan(magnitude, Vector128.Create(0x7BFFu));
        Vector128<uint> sign = (half & Vector128.Create(0x8000u)) << 16;
        Vector128<uint> value = ((magnitude << 13).AsSingle() * Vector128.Create(5.192296858534828e33f)).AsUInt32();
        value = Vector128.ConditionalSelect(special, (magnitude << 13) | Vector128.Create(0x7F80_0000u), value);
        return (value | sign).AsSingle();
    }

    private static Vector128<float> E4M3ToSingle(Vector128<uint> bits)
    {
        Vector128<uint> magnitude = bits & Vector128.Create(0x7Fu);
        Vector128<uint> nan = Vector128.Equals(magnitude, Vector128.Create(0x7Fu)) & Vector128.Create(0x7FC0_0000u);
        Vector128<uint> sign = (bits & Vector128.Create(0x80u)) << 24;
        Vector128<uint> value = ((magnitude << 20).AsSingle() * Vector128.Create(1.329227995784916e36f)).AsUInt32();
        return (value | nan | sign).AsSingle();
    }
}
