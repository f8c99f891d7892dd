using System.Runtime.Intrinsics;

namespace ModelPack.Quantize.Kernels;

/// <summary>Rounds float32 to half precision and bfloat16, to the nearest, ties to even.</summary>
/// <remarks>Bytes of ggml_fp32_to_fp16_row and ggml_fp32_to_bf16_row for all numbers; too large ones become infinite.</remarks>
internal static class PlainFloats
{
    /// <summary>The specification of <see cref="ToHalf"/>.</summary>
    internal static ushort HalfSpecification(float weight) => BitConverter.HalfToUInt16Bits((Half)weight);

    /// <summary>The specification of <see cref="ToBrain"/>.</summary>
    internal static ushort BrainSpecification(float weight)
    {
        uint bits = BitConverter.SingleToUInt32Bits(weight);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Rounds to half precision.</summary>
    public static void ToHalf(ReadOnlySpan<float> weights, Span<ushort> output)
    {
        int i = 0;
        for (; i <= weights.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            Vector256<uint> low = RoundToHalf(Vector256.Create(weights.Slice(i, 8)));
            Vector256<uint> high = RoundToHalf(Vector256.Create(weights.Slice(i + 8, 8)));
            Vector256.Narrow(low, high).CopyTo(output[i..]);
        }

        for (; i < weights.Length; i++)
        {
            output[i] = HalfSpecification(weights[i]);
        }
    }

    /// <summary>Rounds to bfloat16.</summary>
    public static void ToBrain(ReadOnlySpan<float> weights, Span<ushort> output)
    {
        int i = 0;
        for (; i <= weights.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            Vector256<uint> low = RoundToBrain(Vector256.Create(weights.Slice(i, 8)).AsUInt32());
            Vector256<uint> high = RoundToBrain(Vector256.Create(weights.Slice(i + 8, 8)).AsUInt32());
            Vector256.Narrow(low, high).CopyTo(output[i..]);
        }

        for (; i < weights.Length; i++)
        {
            output[i] = BrainSpecification(weights[i]);
        }
    }

    private static Vector256<uint> RoundToBrain(Vector256<uint> bits) =>
        (bits + Vector256.Create(0x7FFFu) + ((bits >>> 16) & Vector256<uint>.One)) >>> 16;

    /// <summary>Lets an addition round: a power of two is added whose last place is half precision's.</summary>
    private static Vector256<uint> RoundToHalf(Vector256<float> weights)
    {
        Vector256<uint> bits = weights.AsUInt32();
        Vector256<uint> sign = (bits & Vector256.Create(0x80000000u)) >>> 16;

        // Up and down again: what half precision cannot hold becomes infinite on the way.
        Vector256<float> size = Vector256.Abs(weights) * Vector256.Create(0x7780_0000u).AsSingle() * Vector256.Create(0x0880_0000u).AsSingle();
        Vector256<uint> exponent = Vector256.Max((bits << 1) & Vector256.Create(0xFF000000u), Vector256.Create(0x71000000u));
        Vector256<uint> rounded = (size + ((exponent >>> 1) + Vector256.Create(0x07800000u)).AsSingle()).AsUInt32();
        return sign | (((rounded >>> 13) & Vector256.Create(0x7C00u)) + (rounded & Vector256.Create(0x0FFFu)));
    }
}
