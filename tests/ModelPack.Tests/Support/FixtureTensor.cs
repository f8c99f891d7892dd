using System.Buffers.Binary;

namespace ModelPack.Tests.Support;

/// <summary>One tensor of a <see cref="SafetensorsFixture"/>.</summary>
/// <param name="Type">safetensors' name: "F32", "BF16", "F8_E4M3".</param>
/// <param name="Shape">Row-major, outermost first; empty for a scalar.</param>
/// <param name="Bytes">Little-endian data.</param>
internal sealed record FixtureTensor(string Type, long[] Shape, byte[] Bytes)
{
    public static FixtureTensor F32(long[] shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return new("F32", shape, bytes);
    }

    public static FixtureTensor F16(long[] shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(ushort)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * sizeof(ushort)), (Half)values[i]);
        }

        return new("F16", shape, bytes);
    }

    /// <summary>Finite values, rounded to nearest, ties to even.</summary>
    public static FixtureTensor BF16(long[] shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(ushort)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * sizeof(ushort)), Bf16Bits(values[i]));
        }

        return new("BF16", shape, bytes);
    }

    /// <summary>Normally distributed values that depend on the name only, as bf16: those of a made-up weight.</summary>
    /// <param name="name">Seed: the tensor's name.</param>
    /// <param name="shape">Row-major.</param>
    /// <param name="scale">Standard deviation; vectors are centered on 1, as norms are.</param>
    public static FixtureTensor Random(string name, long[] shape, double scale)
    {
        float[] values = new float[shape.Aggregate(1L, static (n, d) => n * d)];
        Random random = new(unchecked((int)Hash(name)));
        for (int i = 0; i < values.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] = (float)((normal * scale) + (shape.Length == 1 ? 1 : 0));
        }

        return BF16(shape, values);
    }

    /// <summary>The 16 high bits of a finite float, rounded to nearest, ties to even.</summary>
    public static ushort Bf16Bits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>FNV-1a, 64 bits: the same on every machine and run, unlike string.GetHashCode.</summary>
    public static ulong Hash(string text) =>
        text.Aggregate(0xCBF29CE484222325, static (hash, c) => unchecked((hash ^ c) * 0x100000001B3));
}
