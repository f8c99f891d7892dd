namespace ModelPack.Tests.Quantize.Kernels;

/// <summary>Rows of every shape that has broken a quantizer, by name; the same bytes on every run and machine.</summary>
internal static class BlockCorpus
{
    private static readonly Dictionary<string, Func<Random, int, float>> Generators = new()
    {
        ["gaussian"] = static (r, _) => Gaussian(r) * 0.02f,
        ["uniform"] = static (r, _) => r.NextSingle() - 0.5f,
        ["positive"] = static (r, _) => 0.5f + r.NextSingle(),
        ["negative"] = static (r, _) => -0.5f - r.NextSingle(),
        ["constant"] = static (_, _) => 0.3f,
        ["negative constant"] = static (_, _) => -0.3f,
        ["zero"] = static (_, _) => 0f,
        ["negative zero"] = static (_, i) => i % 3 == 0 ? 0f : -0f,
        ["denormal"] = static (r, _) => BitConverter.Int32BitsToSingle(r.Next(1 << 23)) * Sign(r),
        ["few denormal bits"] = static (r, _) => BitConverter.Int32BitsToSingle(r.Next(100)) * Sign(r),
        ["near the normal limit"] = static (r, _) => Gaussian(r) * 1e-37f,
        ["tiny"] = static (r, _) => Gaussian(r) * 1e-20f,
        ["around the zero threshold"] = static (r, i) => Gaussian(r) * MathF.Pow(10, -16 + (i / 16 % 4)),
        ["below half precision"] = static (r, i) => Gaussian(r) * MathF.Pow(10, -8 + (i / 64 % 5)),
        ["above half precision"] = static (r, i) => Gaussian(r) * MathF.Pow(10, 4 + (i / 64 % 5)),
        ["huge"] = static (r, _) => Gaussian(r) * 1e30f,
        ["largest"] = static (r, _) => ((r.NextSingle() * 2) - 1) * 3.4e38f,
        ["squares overflow here and there"] = static (r, i) => Gaussian(r) * MathF.Pow(10, 16 + (i / 32 % 8)),
        ["sparse"] = static (r, _) => r.Next(20) == 0 ? Gaussian(r) : 0f,
        ["one weight a block"] = static (r, i) => i % 32 == 7 ? Gaussian(r) : 0f,
        ["alternating"] = static (_, i) => i % 2 == 0 ? 0.25f : -0.25f,
        ["alternating from below"] = static (_, i) => i % 2 == 0 ? -0.25f : 0.25f,
        ["one outlier"] = static (r, i) => i % 256 == 100 ? 50f : Gaussian(r) * 0.02f,
        ["ties"] = static (r, i) => i % 32 == 31 ? 127f : r.Next(-254, 255) * 0.5f,
        ["small integers"] = static (r, _) => r.Next(-8, 9),
        ["ramp"] = static (_, i) => (i % 512) - 200f,
        ["heavy tail"] = static (r, _) => MathF.Pow(Gaussian(r), 5),
        ["bfloat16"] = static (r, _) => Truncated(Gaussian(r) * 0.02f, unchecked((int)0xFFFF0000)),
        ["three mantissa bits"] = static (r, _) => Truncated(Gaussian(r), unchecked((int)0xFFF00000)),
    };

    private static readonly Dictionary<string, Func<Random, int, float>> Weightings = new()
    {
        ["one"] = static (_, _) => 1f,
        ["random"] = static (r, _) => r.NextSingle() + 1e-3f,
        ["heavy tail"] = static (r, _) => MathF.Pow(Gaussian(r), 6),
        ["zeros in places"] = static (r, _) => r.Next(3) == 0 ? 0f : r.NextSingle(),
        ["zero runs"] = static (r, i) => i / 16 % 3 == 1 ? 0f : r.NextSingle(),
        ["all zero"] = static (_, _) => 0f,
        ["tiny"] = static (r, _) => r.NextSingle() * 1e-30f,
        ["huge"] = static (r, _) => r.NextSingle() * 1e30f,
    };

    /// <summary>Names for <see cref="Weights"/>.</summary>
    public static IEnumerable<string> Shapes => [.. Generators.Keys, "mixed by 16", "mixed by 32", "mixed by 256"];

    /// <summary>Names for <see cref="Importance"/>; "none" is the empty one.</summary>
    public static IEnumerable<string> Importances => ["none", .. Weightings.Keys];

    /// <summary>Every shape under every importance, as theory rows.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Cases =>
        from shape in Shapes
        from importance in Importances
        select new TheoryDataRow<string, string>(shape, importance);

    /// <summary>Row counts and lengths to try for a block of so many weights: single blocks, odd counts, long rows.</summary>
    public static IEnumerable<(int Rows, int Columns)> Sizes(int block) =>
        block == 256
            ? [(1, 256), (2, 768), (1, 2048)]
            : [(1, 32), (3, 32), (2, 96), (3, 224), (1, 2048)];

    /// <summary>Finite weights of a shape.</summary>
    public static float[] Weights(string shape, int count)
    {
        Random random = new(Seed(shape));
        float[] weights = new float[count];
        for (int i = 0; i < count; i++)
        {
            float weight = Generator(shape, i)(random, i);
            weights[i] = float.IsFinite(weight) ? weight : float.MaxValue;
        }

        return weights;
    }

    /// <summary>Runs of 16 with their own exponent, offset and precision: equal, nearly equal, all of one sign, far apart.</summary>
    public static float[] WildRuns(int count)
    {
        Random random = new(11);
        float[] weights = new float[count];
        for (int start = 0; start < count; start += 16)
        {
            float size = MathF.ScaleB(1, random.Next(-149, 127));
            float offset = size * random.Next(-2, 3);
            int grain = 1 << random.Next(0, 24);
            for (int i = start; i < start + 16; i++)
            {
                float weight = offset + (size * (random.Next(-grain, grain + 1) / (float)(1 << 23)));
                weights[i] = float.IsFinite(weight) ? weight : size;
            }
        }

        return weights;
    }

    /// <summary>One non-negative finite weight a column, or none.</summary>
    public static float[] Importance(string name, int columns)
    {
        if (name == "none")
        {
            return [];
        }

        Random random = new(Seed(name));
        return [.. Enumerable.Range(0, columns).Select(i => Weightings[name](random, i))];
    }

    private static Func<Random, int, float> Generator(string shape, int index)
    {
        if (Generators.TryGetValue(shape, out Func<Random, int, float>? generator))
        {
            return generator;
        }

        int run = int.Parse(shape.AsSpan("mixed by ".Length));
        return Generators.Values.ElementAt(index / run * 7 % Generators.Count);
    }

    private static int Seed(string name) => name.Aggregate(17, static (hash, c) => (hash * 31) + c);

    private static float Gaussian(Random random)
    {
        float sum = -6;
        for (int i = 0; i < 12; i++)
        {
            sum += random.NextSingle();
        }

        return sum;
    }

    private static int Sign(Random random) => random.Next(2) == 0 ? -1 : 1;

    private static float Truncated(float value, int mask) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) & mask);
}
