using System.Buffers.Binary;

namespace ModelPack.Tests.Models.Checkpoints;

/// <summary>A tensor for a test's own .safetensors file.</summary>
internal sealed record Stored(string Name, string Type, long[] Shape, byte[] Data)
{
    public static Stored F32(string name, long[] shape, params float[] values) =>
        new(name, "F32", shape, Bytes(values, 4, static (b, v) => BinaryPrimitives.WriteSingleLittleEndian(b, v)));

    public static Stored F16(string name, long[] shape, params float[] values) =>
        new(name, "F16", shape, Bytes(values, 2, static (b, v) => BinaryPrimitives.WriteHalfLittleEndian(b, (Half)v)));

    /// <summary>The upper half of each float; give values that need no more.</summary>
    public static Stored BF16(string name, long[] shape, params float[] values) =>
        new(name, "BF16", shape, Bytes(values, 2, static (b, v) => BinaryPrimitives.WriteUInt16LittleEndian(b, (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))));

    public static Stored I32(string name, long[] shape, params int[] values) =>
        new(name, "I32", shape, Bytes(values, 4, static (b, v) => BinaryPrimitives.WriteInt32LittleEndian(b, v)));

    public static Stored U8(string name, long[] shape, params byte[] values) => new(name, "U8", shape, values);

    private static byte[] Bytes<T>(T[] values, int size, Action<byte[], T> write)
    {
        byte[] all = new byte[values.Length * size];
        byte[] one = new byte[size];
        for (int i = 0; i < values.Length; i++)
        {
            write(one, values[i]);
            one.CopyTo(all, i * size);
        }

        return all;
    }
}
