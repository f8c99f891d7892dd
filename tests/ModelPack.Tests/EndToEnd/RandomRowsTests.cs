using ModelPack.Quantize;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.EndToEnd;

/// <summary>Rows that nobody thought of: every type against ggml on random kinds of weights and importance.</summary>
public sealed class RandomRowsTests
{
    private const int Seeds = 400;

    public static TheoryData<string> Types => [.. QuantType.All.Where(static t => t.Storage.BlockWeights > 1).Select(static t => t.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Random_rows_give_the_bytes_of_ggml(string name)
    {
        QuantType type = QuantType.Parse(name);
        for (int seed = 0; seed < Seeds; seed++)
        {
            Random random = new(seed);
            int columns = type.Storage.BlockWeights * random.Next(1, type.Storage.BlockWeights == 256 ? 4 : 24);
            float[] weights = Weights(random, columns * random.Next(1, 6));
            float[] importance = Importance(random, columns);
            byte[] actual = new byte[type.Storage.SizeOf(weights.Length)];
            type.Encode(weights, columns, importance, actual);
            byte[] expected = Ggml.Quantize(type.Storage.Id, weights, columns, importance, actual.Length);
            int same = actual.AsSpan().CommonPrefixLength(expected);
            Assert.True(same == actual.Length, $"{name}, seed {seed}: byte {same} of {actual.Length} differs");
        }
    }

    private static float[] Weights(Random random, int count)
    {
        int kind = random.Next(9);
        float[] weights = new float[count];
        for (int i = 0; i < count; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            weights[i] = (float)(kind switch
            {
                0 => normal,
                1 => normal * Math.Pow(2, random.Next(-150, 100)),
                2 => normal * Math.Pow(2, -126 - random.Next(24)),
                3 => random.Next(3) == 0 ? normal : 0,
                4 => Math.Round(normal * 4) / 4,
                5 => BitConverter.UInt32BitsToSingle((uint)FixtureTensor.Bf16Bits((float)(normal * 0.02)) << 16),
                6 => (i / 16 % 3) switch { 0 => 1, 1 => normal * 1e-3, _ => -0.0 },
                7 => normal * Math.Pow(2, (i / 32 % 7 * 8) - 28),
                _ => normal * 1e30,
            });
        }

        return weights;
    }

    private static float[] Importance(Random random, int columns)
    {
        int kind = random.Next(6);
        return kind < 2 ? [] : [.. Enumerable.Range(0, columns).Select(i => kind switch
        {
            2 => random.NextSingle(),
            3 => random.Next(2),
            4 => random.NextSingle() * MathF.Pow(10, random.Next(-30, 30)),
            _ => i / 32 % 2 * random.NextSingle(),
        })];
    }
}
