using ModelPack.Models.Onnx;
using ModelPack.Models.Onnx.Export;
using ModelPack.Quantize.Onnx.Encoders;
using ModelPack.Tests.Quantize.Kernels;

namespace ModelPack.Tests.Quantize.Onnx;

/// <summary>Blocks of 4 and 8 bits: every variant against the specification, the specification against naive arithmetic.</summary>
public sealed class BlocksKernelTests
{
    private static readonly OnnxWeightFormat.Blocks[] Formats =
    [
        .. from bits in (int[])[4, 8]
           from size in (int[])[16, 32, 64, 128, 256, 0]
           from symmetric in (bool[])[true, false]
           from scale in (OnnxElementType[])[OnnxElementType.Float, OnnxElementType.Float16]
           select new OnnxWeightFormat.Blocks(bits, size, symmetric, scale),
    ];

    /// <summary>Every format.</summary>
    public static IEnumerable<TheoryDataRow<int, int, bool, bool>> FormatRows =>
        Formats.Select(static f => new TheoryDataRow<int, int, bool, bool>(f.Bits, f.BlockSize, f.Symmetric, f.ScaleType == OnnxElementType.Float16));

    private static OnnxWeightFormat.Blocks Format(int bits, int size, bool symmetric, bool half) =>
        new(bits, size, symmetric, half ? OnnxElementType.Float16 : OnnxElementType.Float);

    [Theory]
    [MemberData(nameof(BlockCorpus.Cases), MemberType = typeof(BlockCorpus))]
    public void Every_variant_gives_the_bytes_of_the_specification(string shape, string importance)
    {
        foreach (OnnxWeightFormat.Blocks format in Formats)
        {
            foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (3, 33), (1, 300)])
            {
                BlockGrid grid = new(format, columns);
                float[] weights = Within(grid.Limit, BlockCorpus.Weights(shape, rows * columns));
                float[] counts = BlockCorpus.Importance(importance, columns);
                Encoded expected = Encode(BlocksKernel.Variants[0].Encode, weights, grid, counts);
                foreach ((string name, BlockRowsEncoder encode) in BlocksKernel.Variants.Skip(1))
                {
                    Encoded actual = Encode(encode, weights, grid, counts);
                    string place = $"{name}, {format}, {rows} x {columns}: ";
                    Assert.True(expected.Scales.AsSpan().SequenceEqual(actual.Scales), place + "scales");
                    Assert.True(expected.Zeros.AsSpan().SequenceEqual(actual.Zeros), place + "zero points");
                    Assert.True(expected.Values.AsSpan().SequenceEqual(actual.Values), place + "codes");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(FormatRows))]
    public void Plain_rounding_is_what_naive_arithmetic_gives(int bits, int size, bool symmetric, bool half)
    {
        (int rows, int columns) = (3, 330);
        BlockGrid grid = new(Format(bits, size, symmetric, half), columns);
        float[] weights = BlockCorpus.Weights("gaussian", rows * columns);
        Encoded encoded = Encode(BlocksKernel.Best, weights, grid, []);
        int block = size == 0 ? columns : size;
        int blocks = (columns + block - 1) / block;
        int top = (1 << bits) - 1;
        for (int row = 0; row < rows; row++)
        {
            for (int b = 0; b < blocks; b++)
            {
                float[] x = weights[((row * columns) + (b * block))..((row * columns) + Math.Min(columns, (b + 1) * block))];
                float scale = symmetric
                    ? x.MaxBy(MathF.Abs) / -(1 << (bits - 1))
                    : (MathF.Max(0, x.Max()) - MathF.Min(0, x.Min())) * (1f / top);
                scale = half ? (float)(Half)scale : scale;
                int zero = symmetric ? 1 << (bits - 1) : (int)MathF.Round(-MathF.Min(0, x.Min()) * (1 / scale));
                int at = (row * blocks) + b;
                Assert.Equal(scale, half ? (float)BitConverter.ToHalf(encoded.Scales, at * 2) : BitConverter.ToSingle(encoded.Scales, at * 4));
                if (!symmetric)
                {
                    int perRow = ((blocks * bits) + 7) / 8;
                    byte packed = encoded.Zeros[(row * perRow) + (b * bits / 8)];
                    Assert.Equal(zero, bits == 8 ? packed : (packed >> (b % 2 * 4)) & 15);
                }

                int bytes = ((blocks * block * bits) + 7) / 8;
                for (int i = 0; i < block; i++)
                {
                    float weight = i < x.Length ? x[i] : 0;
                    int expected = Math.Clamp((int)MathF.Round(weight * (1 / scale)) + zero, 0, top);
                    int place = (row * bytes) + (((b * block) + i) * bits / 8);
                    Assert.Equal(expected, bits == 8 ? encoded.Values[place] : (encoded.Values[place] >> (i % 2 * 4)) & 15);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(FormatRows))]
    public void A_search_is_never_worse_than_plain_rounding_and_mostly_better(int bits, int size, bool symmetric, bool half)
    {
        const int Columns = 330;
        BlockGrid grid = new(Format(bits, size, symmetric, half), Columns);
        int better = 0;
        int all = 0;
        foreach (string shape in (string[])["gaussian", "heavy tail", "positive", "one outlier", "ramp", "below half precision"])
        {
            foreach (string importance in (string[])["one", "random", "heavy tail", "zeros in places"])
            {
                float[] weights = BlockCorpus.Weights(shape, Columns);
                float[] counts = BlockCorpus.Importance(importance, Columns);
                float[] plain = Decode(Encode(BlocksKernel.Best, weights, grid, []), grid, 1);
                float[] searched = Decode(Encode(BlocksKernel.Best, weights, grid, counts), grid, 1);
                for (int first = 0; first < Columns; first += grid.Size)
                {
                    int end = Math.Min(Columns, first + grid.Size);
                    double before = Error(weights, plain, counts, first, end);
                    double after = Error(weights, searched, counts, first, end);
                    Assert.True(after <= before * (1 + 1e-5), $"{shape}, {importance}, block at {first}: {before} became {after}");
                    better += after < before * 0.99 ? 1 : 0;
                    all++;
                }
            }
        }

        Assert.True(better > all / 2, $"{better} of {all} blocks got better");
    }

    [Fact]
    public void A_search_finds_a_scale_as_good_as_any_of_ten_thousand()
    {
        // Brute force over scales that the candidates do not know; a block of many weights has a smooth optimum.
        foreach (int seed in (int[])[1, 2, 3, 4, 5, 6, 7, 8])
        {
            Random random = new(seed);
            float[] weights = [.. Enumerable.Range(0, 256).Select(_ => (float)((random.NextDouble() - 0.5) * random.NextDouble() * random.NextDouble()))];
            float[] counts = [.. Enumerable.Range(0, 256).Select(_ => (float)Math.Pow(random.NextDouble(), 3))];
            BlockGrid grid = new(Format(4, 256, symmetric: true, half: false), 256);
            double found = Error(weights, Decode(Encode(BlocksKernel.Best, weights, grid, counts), grid, 1), counts, 0, 256);
            double peak = weights.Max(Math.Abs);
            double best = double.MaxValue;
            for (int i = -10000; i <= 10000; i++)
            {
                double scale = i == 0 ? peak : peak / 4 * i / 10000;
                double error = 0;
                for (int j = 0; j < 256; j++)
                {
                    double difference = (Math.Clamp(Math.Round(weights[j] / scale), -8, 7) * scale) - weights[j];
                    error += counts[j] * difference * difference;
                }

                best = Math.Min(best, error);
            }

            Assert.InRange(found, 0, best * 1.02);
        }
    }

    [Fact]
    public void Padding_decodes_to_zero_and_leaves_no_bit_undefined()
    {
        float[] weights = [.. Enumerable.Range(0, 5).Select(static i => 1f + i)];
        BlockGrid grid = new(Format(4, 16, symmetric: false, half: false), 5);
        Encoded encoded = Encode(BlocksKernel.Best, weights, grid, []);
        int zero = encoded.Zeros[0] & 15;
        Assert.Equal(0, encoded.Zeros[0] >> 4);
        Assert.Equal(zero, encoded.Values[2] >> 4);
        Assert.All(encoded.Values[3..], value => Assert.Equal(zero * 17, value));
    }

    [Fact]
    public void Encoding_takes_no_memory()
    {
        float[] weights = BlockCorpus.Weights("gaussian", 8 * 768);
        float[] importance = BlockCorpus.Importance("random", 768);
        foreach (OnnxWeightFormat.Blocks format in Formats)
        {
            BlockGrid grid = new(format, 768);
            Encoded output = new(new byte[8 * grid.ValueBytes], new byte[8 * grid.ScaleBytes], new byte[8 * grid.ZeroBytes]);
            BlocksKernel.Best(weights, grid, importance, output.Values, output.Scales, output.Zeros);
            BlocksKernel.Best(weights, grid, [], output.Values, output.Scales, output.Zeros);
            long before = GC.GetAllocatedBytesForCurrentThread();
            BlocksKernel.Best(weights, grid, importance, output.Values, output.Scales, output.Zeros);
            BlocksKernel.Best(weights, grid, [], output.Values, output.Scales, output.Zeros);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [Fact]
    public void A_stored_half_is_the_nearest_half()
    {
        Random random = new(3);
        for (int i = 0; i < 200_000; i++)
        {
            float value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (!float.IsFinite(value))
            {
                continue;
            }

            float stored = BlockScale.Store(value, half: true);
            float nearest = (float)(Half)Math.Clamp(value, -65504f, 65504f);
            Assert.Equal(stored, (float)(Half)stored);
            Assert.Equal(Math.Abs(value - (double)nearest), Math.Abs(value - (double)stored));
        }
    }

    private static float[] Within(float limit, float[] weights) => [.. weights.Select(w => Math.Clamp(w, -limit, limit))];

    private static double Error(float[] weights, float[] decoded, float[] counts, int first, int end)
    {
        double sum = 0;
        for (int i = first; i < end; i++)
        {
            double difference = (double)decoded[i] - weights[i];
            sum += counts[i] * difference * difference;
        }

        return sum;
    }

    private static Encoded Encode(BlockRowsEncoder encode, float[] weights, BlockGrid grid, float[] importance)
    {
        // What stood in the output before must not shine through.
        int rows = weights.Length / grid.Columns;
        Encoded output = new(new byte[rows * grid.ValueBytes], new byte[rows * grid.ScaleBytes], new byte[rows * grid.ZeroBytes]);
        Array.Fill(output.Values, (byte)0xA5);
        Array.Fill(output.Scales, (byte)0xA5);
        Array.Fill(output.Zeros, (byte)0xA5);
        encode(weights, grid, importance, output.Values, output.Scales, output.Zeros);
        return output;
    }

    private static float[] Decode(Encoded encoded, BlockGrid grid, int rows)
    {
        float[] weights = new float[rows * grid.Columns];
        BlocksDecoder.Decode(encoded.Values, encoded.Scales, encoded.Zeros, grid, weights);
        return weights;
    }

    private sealed record Encoded(byte[] Values, byte[] Scales, byte[] Zeros);
}
