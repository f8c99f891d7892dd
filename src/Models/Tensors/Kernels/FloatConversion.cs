using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelPack.Models.Tensors.Kernels;

/// <summary>
/// Single precision from and to the 16-bit formats that checkpoints store. Bytes are little-endian and need no alignment; each method
/// converts <c>floats.Length</c> values and wants exactly twice as many bytes.
/// </summary>
public static class FloatConversion
{
    private const int HalfInfinity = 0x7C00;

    /// <summary>bfloat16 to single precision, exactly.</summary>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static void WidenBF16(ReadOnlySpan<byte> source, Span<float> target)
    {
        int i = 0;
        for (ref byte from = ref Start(source, target.Length); i + 16 <= target.Length; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) =
                Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i * 2).AsUInt16());
            (low << 16).AsSingle().CopyTo(target[i..]);
            (high << 16).AsSingle().CopyTo(target[(i + 8)..]);
        }

        for (; i < target.Length; i++)
        {
            int bits = BinaryPrimitives.ReadUInt16LittleEndian(source[(i * 2)..]) << 16;
            target[i] = BitConverter.Int32BitsToSingle(bits);
        }
    }

    /// <summary>Half to single precision, exactly; a NaN stays a NaN.</summary>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static void WidenF16(ReadOnlySpan<byte> source, Span<float> target)
    {
        int i = 0;
        for (ref byte from = ref Start(source, target.Length); i + 16 <= target.Length; i += 16)
        {
            (Vector256<uint> low, Vector256<uint> high) =
                Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i * 2).AsUInt16());
            WidenF16(low.AsInt32()).CopyTo(target[i..]);
            WidenF16(high.AsInt32()).CopyTo(target[(i + 8)..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(i * 2)..]);
        }
    }

    /// <summary>Single precision to bfloat16: to the nearest, ties to even; a NaN stays a (quiet) NaN.</summary>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static void NarrowBF16(ReadOnlySpan<float> source, Span<byte> target)
    {
        int i = 0;
        for (ref byte to = ref Start(target, source.Length); i + 16 <= source.Length; i += 16)
        {
            Vector256<uint> low = NarrowBF16(Vector256.Create(source[i..]));
            Vector256<uint> high = NarrowBF16(Vector256.Create(source[(i + 8)..]));
            Vector256.Narrow(low, high).AsByte().StoreUnsafe(ref to, (nuint)i * 2);
        }

        for (; i < source.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]);
            uint rounded = float.IsNaN(source[i]) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
            BinaryPrimitives.WriteUInt16LittleEndian(target[(i * 2)..], (ushort)rounded);
        }
    }

    /// <summary>
    /// Single to half precision: to the nearest, ties to even; infinite from 65520 on; of a NaN only the sign is kept, as in ggml.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public static void NarrowF16(ReadOnlySpan<float> source, Span<byte> target)
    {
        int i = 0;
        for (ref byte to = ref Start(target, source.Length); i + 16 <= source.Length; i += 16)
        {
            Vector256<int> low = NarrowF16(Vector256.Create(source[i..]).AsInt32());
            Vector256<int> high = NarrowF16(Vector256.Create(source[(i + 8)..]).AsInt32());
            Vector256.Narrow(low.AsUInt32(), high.AsUInt32()).AsByte().StoreUnsafe(ref to, (nuint)i * 2);
        }

        for (; i < source.Length; i++)
        {
            ushort bits = float.IsNaN(source[i])
                ? (ushort)(float.IsNegative(source[i]) ? 0xFE00 : 0x7E00)
                : BitConverter.HalfToUInt16Bits((Half)source[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(target[(i * 2)..], bits);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> WidenF16(Vector256<int> half)
    {
        // Rebias the exponent by 112; infinities and NaN need the rest of it, and denormals are integers of 2⁻²⁴.
        Vector256<int> magnitude = half & Vector256.Create(0x7FFF);
        Vector256<int> normal = (magnitude << 13) + Vector256.Create(112 << 23);
        Vector256<int> special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(HalfInfinity));
        normal |= special & Vector256.Create(0x7F800000);
        Vector256<int> denormal = (Vector256.ConvertToSingle(magnitude) * Vector256.Create(5.9604644775390625e-8f)).AsInt32();
        Vector256<int> isDenormal = Vector256.LessThan(magnitude, Vector256.Create(0x0400));
        Vector256<int> sign = (half & Vector256.Create(0x8000)) << 16;
        return (Vector256.ConditionalSelect(isDenormal, denormal, normal) | sign).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> NarrowBF16(Vector256<float> value)
    {
        Vector256<uint> bits = value.AsUInt32();
        Vector256<uint> upper = bits >>> 16;
        Vector256<uint> rounded = (bits + Vector256.Create(0x7FFFu) + (upper & Vector256<uint>.One)) >>> 16;
        return Vector256.ConditionalSelect(
            Vector256.Equals(value, value).AsUInt32(), rounded, upper | Vector256.Create(0x40u));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> NarrowF16(Vector256<int> bits)
    {
        // Below 2⁻¹⁴ adding ½ leaves the denormal half in the low bits, rounded; above, the mantissa is rounded as an integer and the
        // carry runs into the exponent, to infinity if need be.
        Vector256<int> magnitude = bits & Vector256.Create(0x7FFFFFFF);
        Vector256<int> half = Vector256.Create(0.5f).AsInt32();
        Vector256<int> denormal = (magnitude.AsSingle() + half.AsSingle()).AsInt32() - half;
        Vector256<int> odd = (magnitude >>> 13) & Vector256<int>.One;
        Vector256<int> normal = (magnitude - Vector256.Create((112 << 23) - 0x0FFF) + odd) >>> 13;
        Vector256<int> result = Vector256.ConditionalSelect(
            Vector256.LessThan(magnitude, Vector256.Create(0x38800000)), denormal, normal);
        result = Vector256.ConditionalSelect(
            Vector256.GreaterThan(magnitude, Vector256.Create(0x477FFFFF)), Vector256.Create(HalfInfinity), result);
        result = Vector256.ConditionalSelect(
            Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000)), Vector256.Create(0x7E00), result);
        return result | ((bits >>> 16) & Vector256.Create(0x8000));
    }

    private static ref byte Start(ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length != 2L * count)
        {
            throw new ArgumentException($"{bytes.Length} bytes; {count} values of 16 bits need {2L * count}");
        }

        return ref MemoryMarshal.GetReference(bytes);
    }
}
