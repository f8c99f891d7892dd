using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelPack.Models.Tensors;

namespace ModelPack.Models.Kernels;

/// <summary>Widens stored F32, F16 and BF16 values (little-endian) to float32, exactly.</summary>
internal static class StoredFloats
{
    /// <summary>Decodes all values.</summary>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="bytes">As many values as <paramref name="output"/> has.</param>
    /// <param name="output">Filled completely.</param>
    public static void Decode(DType type, ReadOnlySpan<byte> bytes, Span<float> output)
    {
        switch (type)
        {
            case DType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(output));
                break;
            case DType.F16:
                WidenHalf(MemoryMarshal.Cast<byte, ushort>(bytes), output);
                break;
            case DType.BF16:
                WidenBrain(MemoryMarshal.Cast<byte, ushort>(bytes), output);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Only F32, F16 and BF16 are widened.");
        }
    }

    /// <summary>The specification of the vector code below.</summary>
    internal static float Specification(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    private static void WidenBrain(ReadOnlySpan<ushort> input, Span<float> output)
    {
        int i = 0;
        for (; i <= input.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(input.Slice(i, Vector256<ushort>.Count)));
            Vector256.ShiftLeft(low, 16).AsSingle().CopyTo(output[i..]);
            Vector256.ShiftLeft(high, 16).AsSingle().CopyTo(output[(i + Vector256<uint>.Count)..]);
        }

        for (; i < input.Length; i++)
        {
            output[i] = BitConverter.UInt32BitsToSingle((uint)input[i] << 16);
        }
    }

    private static void WidenHalf(ReadOnlySpan<ushort> input, Span<float> output)
    {
        int i = 0;
        for (; i <= input.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Create(input.Slice(i, Vector256<ushort>.Count)));
            WidenHalf(low).CopyTo(output[i..]);
            WidenHalf(high).CopyTo(output[(i + Vector256<uint>.Count)..]);
        }

        for (; i < input.Length; i++)
        {
            output[i] = Specification(input[i]);
        }
    }

    /// <summary>Moves exponent and mantissa into place; subnormals are made normal by one exact subtraction.</summary>
    private static Vector256<float> WidenHalf(Vector256<uint> half)
    {
        Vector256<uint> sign = (half & Vector256.Create(0x8000u)) << 16;
        Vector256<uint> body = (half & Vector256.Create(0x7FFFu)) << 13;
        Vector256<uint> exponent = body & Vector256.Create(0x0F800000u);
        Vector256<uint> normal = body + Vector256.Create((127u - 15) << 23);
        Vector256<uint> special = body + Vector256.Create((255u - 31) << 23);
        Vector256<float> subnormal =
            (normal + Vector256.Create(1u << 23)).AsSingle() - Vector256.Create((127u - 14) << 23).AsSingle();
        Vector256<uint> result = Vector256.ConditionalSelect(
            Vector256.Equals(exponent, Vector256.Create(0x0F800000u)), special, normal);
        result = Vector256.ConditionalSelect(Vector256.Equals(exponent, Vector256<uint>.Zero), subnormal.AsUInt32(), result);
        return (result | sign).AsSingle();
    }
}
