using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;
using ModelPack.Quantize;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Kernels;

/// <summary>Every variant of every kernel against ggml, to the byte.</summary>
public sealed class KernelTests
{
    private delegate void ByteEncoder(
        ReadOnlySpan<float> weights, int columns, ReadOnlySpan<float> importance, Span<byte> output);

    private static readonly Dictionary<string, (string Name, ByteEncoder Encode)[]> Variants = new()
    {
        ["f32"] = [("only", QuantType.F32.Encode)],
        ["f16"] = [("only", QuantType.F16.Encode)],
        ["bf16"] = [("only", QuantType.BF16.Encode)],
        ["q8_0"] = Bytes(Q8_0Kernel.Variants),
        ["q6_k"] = Bytes(Q6_KKernel.Variants),
        ["q5_1"] = Bytes(AffineKernel<Q5_1Block>.Variants),
        ["q5_0"] = Bytes(SymmetricKernel<Q5_0Block>.Variants),
        ["q5_k"] = Bytes(KKernel<Q5_KBlock>.Variants),
        ["q4_1"] = Bytes(AffineKernel<Q4_1Block>.Variants),
        ["q4_0"] = Bytes(SymmetricKernel<Q4_0Block>.Variants),
        ["q4_k"] = Bytes(KKernel<Q4_KBlock>.Variants),
        ["q3_k"] = Bytes(Q3_KKernel.Variants),
        ["q2_k"] = Bytes(KKernel<Q2_KBlock>.Variants),
    };

    /// <summary>Each type with each corpus case.</summary>
    public static IEnumerable<TheoryDataRow<string, string, string>> Cases =>
        from type in Variants.Keys
        from shape in BlockCorpus.Shapes
        from importance in BlockCorpus.Importances
        select new TheoryDataRow<string, string, string>(type, shape, importance);

    /// <summary>Each type.</summary>
    public static IEnumerable<TheoryDataRow<string>> Types =>
        Variants.Keys.Select(static type => new TheoryDataRow<string>(type));

    /// <summary>Each type that ggml has a decoder for.</summary>
    public static IEnumerable<TheoryDataRow<string>> DecodedTypes =>
        Variants.Keys.Except(["f32"]).Select(static type => new TheoryDataRow<string>(type));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_variant_gives_the_bytes_of_ggml(string type, string shape, string importance)
    {
        foreach ((int rows, int columns) in BlockCorpus.Sizes(QuantType.Parse(type).Storage.BlockWeights))
        {
            Check(type, BlockCorpus.Weights(shape, rows * columns), columns, importance);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Batches_end_and_rows_begin_anywhere(string type)
    {
        // Lanes, batches and groups of rows are 2, 4, 16 or 32: numbers of blocks and of those in a row are all sorts of multiples.
        int block = QuantType.Parse(type).Storage.BlockWeights;
        foreach ((int rows, int blocks) in new[] { (1, 16), (17, 1), (3, 5), (7, 5), (2, 17), (3, 8), (35, 3) })
        {
            float[] weights = BlockCorpus.Weights("gaussian", rows * blocks * block);
            Check(type, weights, blocks * block, "none");
            Check(type, weights, blocks * block, "zeros in places");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Wild_runs_leave_their_neighbors_alone(string type)
    {
        float[] weights = BlockCorpus.WildRuns(200 * 256);
        Check(type, weights, 2560, "none");
        Check(type, weights, 2560, "zeros in places");
        Check(type, weights, 2560, "heavy tail");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Encoding_takes_no_memory(string type)
    {
        QuantType quant = QuantType.Parse(type);
        float[] weights = BlockCorpus.Weights("gaussian", 20 * 768);
        float[] importance = BlockCorpus.Importance("random", 768);
        byte[] output = new byte[quant.Storage.SizeOf(weights.Length)];
        quant.Encode(weights, 768, importance, output);
        quant.Encode(weights, 768, [], output);

        // A collection that other tests cause may empty the pool of buffers between two calls, but not every time.
        long[] allocated = [.. Enumerable.Range(0, 5).Select(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            quant.Encode(weights, 768, importance, output);
            quant.Encode(weights, 768, [], output);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        })];
        Assert.Contains(0, allocated);
    }

    [Theory]
    [MemberData(nameof(DecodedTypes))]
    public void Decoding_gives_the_weights_of_ggml(string name)
    {
        // Random bytes are scales and minimums of every half, infinities and NaN included.
        QuantType type = QuantType.Parse(name);
        int count = 512 * 256;
        byte[] arbitrary = new byte[type.Storage.SizeOf(count)];
        new Random(5).NextBytes(arbitrary);
        float[] weights = BlockCorpus.Weights("mixed by 16", count);
        byte[] encoded = Ggml.Quantize(type.Storage.Id, weights, 256, [], arbitrary.Length);
        foreach (byte[] blocks in new[] { arbitrary, encoded })
        {
            float[] actual = new float[count];
            type.Decode(blocks, actual);
            float[] expected = Ggml.Dequantize(type.Storage.Name, blocks, count);
            Assert.True(expected.AsSpan().SequenceEqual(actual));
        }
    }

    [Theory]
    [InlineData("f32", 0)]
    [InlineData("f16", 0.0005)]
    [InlineData("bf16", 0.003)]
    [InlineData("q8_0", 0.01)]
    [InlineData("q6_k", 0.02)]
    [InlineData("q5_1", 0.04)]
    [InlineData("q5_0", 0.05)]
    [InlineData("q5_k", 0.04)]
    [InlineData("q4_1", 0.08)]
    [InlineData("q4_0", 0.1)]
    [InlineData("q4_k", 0.08)]
    [InlineData("q3_k", 0.2)]
    [InlineData("q2_k", 0.4)]
    public void Decoded_weights_stay_near_the_encoded(string type, double tolerance)
    {
        QuantType quant = QuantType.Parse(type);
        float[] weights = BlockCorpus.Weights("gaussian", 4096);
        byte[] bytes = new byte[quant.Storage.SizeOf(weights.Length)];
        quant.Encode(weights, 4096, [], bytes);
        float[] decoded = new float[weights.Length];
        quant.Decode(bytes, decoded);
        double error = Math.Sqrt(weights.Zip(decoded, static (a, b) => Math.Pow(a - b, 2)).Sum() / weights.Sum(static a => a * a));
        Assert.InRange(error, tolerance / 10, tolerance);
    }

    [Fact]
    public void Every_type_is_tested() =>
        Assert.Equal(QuantType.All.Select(static t => t.Name).Order(), Variants.Keys.Order());

    private static (string Name, ByteEncoder Encode)[] Bytes<TBlock>(KernelVariants<TBlock> variants)
        where TBlock : unmanaged =>
    [
        .. variants.All.Select(static variant => (variant.Name, (ByteEncoder)((weights, columns, importance, output) =>
            variant.Encode(weights, columns, importance, MemoryMarshal.Cast<byte, TBlock>(output))))),
    ];

    /// <summary>Encodes with every variant and compares with ggml.</summary>
    private static void Check(string type, float[] weights, int columns, string importance)
    {
        GgmlType storage = QuantType.Parse(type).Storage;
        float[] columnWeights = BlockCorpus.Importance(importance, columns);
        byte[] expected = Ggml.Quantize(storage.Id, weights, columns, columnWeights, storage.SizeOf(weights.Length));
        foreach ((string name, ByteEncoder encode) in Variants[type])
        {
            // What stood in the output before must not shine through.
            byte[] actual = new byte[expected.Length];
            actual.AsSpan().Fill(0xA5);
            encode(weights, columns, columnWeights, actual);
            string place = $"{name}, importance {importance}, {weights.Length / columns} x {columns}";
            Assert.True(expected.AsSpan().SequenceEqual(actual), Difference(place, storage, expected, actual));
        }
    }

    private static string Difference(
        string place, GgmlType type, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int at = expected.CommonPrefixLength(actual);
        if (at == expected.Length)
        {
            return "";
        }

        int block = at / type.BlockBytes;
        return $"{place}: block {block} differs from byte {at % type.BlockBytes} on\n"
            + $"expected {Convert.ToHexString(expected.Slice(block * type.BlockBytes, type.BlockBytes))}\n"
            + $"actual   {Convert.ToHexString(actual.Slice(block * type.BlockBytes, type.BlockBytes))}";
    }
}
