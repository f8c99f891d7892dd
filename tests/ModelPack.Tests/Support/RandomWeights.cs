using System.Buffers.Binary;

namespace ModelPack.Tests.Support;

/// <summary>Normally distributed bf16 weights, a fraction of a second a gigabyte; each depends on its tensor's name and its place only.</summary>
internal static class RandomWeights
{
    private static readonly float[] Normals = Sample(1 << 16);

    /// <summary>Writes all weights of a tensor as little-endian bf16, in bounded memory.</summary>
    /// <remarks>Matrices have deviation 1/√columns; vectors are norms, close to 1.</remarks>
    public static void Write(Stream output, string name, long[] shape)
    {
        (float mean, float deviation) = shape.Length == 1 ? (1f, 0.1f) : (0f, MathF.Pow(shape[^1], -0.5f));
        ushort[] values = new ushort[Normals.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = FixtureTensor.Bf16Bits(mean + (deviation * Normals[i]));
        }

        ulong state = FixtureTensor.Hash(name);
        byte[] buffer = new byte[1 << 20];
        for (long left = RandomModel.Count(shape) * sizeof(ushort); left > 0;)
        {
            Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            Fill(buffer, values, ref state);
            output.Write(chunk);
            left -= chunk.Length;
        }
    }

    /// <summary>Four table entries for each step of splitmix64.</summary>
    private static void Fill(Span<byte> buffer, ushort[] values, ref ulong state)
    {
        for (int i = 0; i < buffer.Length; i += sizeof(ulong))
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            ulong four = values[z & 0xFFFF]
                | ((ulong)values[(z >> 16) & 0xFFFF] << 16)
                | ((ulong)values[(z >> 32) & 0xFFFF] << 32)
                | ((ulong)values[z >> 48] << 48);
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[i..], four);
        }
    }

    private static float[] Sample(int count)
    {
        Random random = new(1);
        float[] normals = new float[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            normals[i] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return normals;
    }
}
