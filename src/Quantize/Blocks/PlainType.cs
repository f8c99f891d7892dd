using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;
using ModelPack.Quantize.Kernels;

namespace ModelPack.Quantize.Blocks;

/// <summary>Weights stored one by one: float32, half precision, bfloat16.</summary>
internal sealed class PlainType(GgmlType storage) : QuantType(storage)
{
    public override void Encode(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<byte> output)
    {
        if (Storage == GgmlType.F32)
        {
            MemoryMarshal.AsBytes(weights).CopyTo(output);
        }
        else if (Storage == GgmlType.F16)
        {
            PlainFloats.ToHalf(weights, MemoryMarshal.Cast<byte, ushort>(output));
        }
        else
        {
            PlainFloats.ToBrain(weights, MemoryMarshal.Cast<byte, ushort>(output));
        }
    }

    public override void Decode(ReadOnlySpan<byte> input, Span<float> weights)
    {
        if (Storage == GgmlType.F32)
        {
            input.CopyTo(MemoryMarshal.AsBytes(weights));
            return;
        }

        ReadOnlySpan<ushort> stored = MemoryMarshal.Cast<byte, ushort>(input);
        for (int i = 0; i < stored.Length; i++)
        {
            weights[i] = Storage == GgmlType.F16
                ? (float)BitConverter.UInt16BitsToHalf(stored[i])
                : BitConverter.UInt32BitsToSingle((uint)stored[i] << 16);
        }
    }
}
