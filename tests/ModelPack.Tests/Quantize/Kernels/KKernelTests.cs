using System.Runtime.InteropServices;
using ModelPack.Models.Gguf;
using ModelPack.Quantize;
using ModelPack.Quantize.Blocks;
using ModelPack.Quantize.Kernels;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Quantize.Kernels;

public sealed class KKernelTests
{
    private static readonly string[] Types = ["q4_k", "q5_k", "q2_k"];

    public static IEnumerable<TheoryDataRow<string, string, string>> Cases =>
        from type in Types
        from variant in KKernel<Q4_KBlock>.Variants.Keys
        from shape in BlockCorpus.Shapes
        select new TheoryDataRow<string, string, string>(type, variant, shape);

    public static IEnumerable<TheoryDataRow<string, string>> Variants =>
        from type in Types
        from variant in KKernel<Q4_KBlock>.Variants.Keys
        select new TheoryDataRow<string, string>(type, variant);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_variant_gives_the_bytes_of_ggml(string type, string variant, string shape)
    {
        foreach (string importance in BlockCorpus.Importances)
        {
            Check(type, variant, BlockCorpus.Weights(shape, 256), 256, importance);
            Check(type, variant, BlockCorpus.Weights(shape, 2 * 768), 768, importance);
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Batches_end_and_rows_begin_anywhere(string type, string variant)
    {
        // Lanes and batches hold 1, 2 or 16 super-blocks: their number and that of a row's are all sorts of multiples.
        foreach ((int rows, int columns) in new[] { (1, 4096), (17, 256), (3, 1280), (7, 1280), (2, 4352), (3, 2048) })
        {
            Check(type, variant, BlockCorpus.Weights("gaussian", rows * columns), columns, "none");
            Check(type, variant, BlockCorpus.Weights("gaussian", rows * columns), columns, "zeros in places");
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Wild_sub_blocks_leave_their_neighbors_alone(string type, string variant)
    {
        float[] weights = Wild(200 * 256);
        Check(type, variant, weights, 2560, "none");
        Check(type, variant, weights, 2560, "zeros in places");
        Check(type, variant, weights, 2560, "heavy tail");
    }

    [Theory]
    [InlineData("q4_k", "q4_K")]
    [InlineData("q5_k", "q5_K")]
    [InlineData("q2_k", "q2_K")]
    public void Any_bytes_decode_as_in_ggml(string type, string name)
    {
        // Random bytes are scales and minimums of every half, infinities and NaN included.
        QuantType quant = QuantType.Parse(type);
        byte[] bytes = new byte[quant.Storage.SizeOf(256 * 1000)];
        new Random(7).NextBytes(bytes);
        float[] actual = new float[256 * 1000];
        quant.Decode(bytes, actual);
        Assert.Equal(GgmlDequantize.Row(name, bytes, actual.Length), actual);
    }

    [Theory]
    [InlineData("q4_k", 0.08)]
    [InlineData("q5_k", 0.04)]
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
    public void Every_type_has_the_same_variants()
    {
        Assert.Equal(KKernel<Q4_KBlock>.Variants.Keys, KKernel<Q5_KBlock>.Variants.Keys);
        Assert.Equal(KKernel<Q4_KBlock>.Variants.Keys, KKernel<Q2_KBlock>.Variants.Keys);
        Assert.Contains(KKernel<Q4_KBlock>.Best, KKernel<Q4_KBlock>.Variants.Values);
    }

    private static byte[] Encode(string type, string variant, float[] weights, int columns, float[] importance) => type switch
    {
        "q4_k" => Encode<Q4_KBlock>(variant, weights, columns, importance),
        "q5_k" => Encode<Q5_KBlock>(variant, weights, columns, importance),
        _ => Encode<Q2_KBlock>(variant, weights, columns, importance),
    };

    private static byte[] Encode<TBlock>(string variant, float[] weights, int columns, float[] importance)
        where TBlock : unmanaged, IKBlock<TBlock>
    {
        TBlock[] blocks = new TBlock[weights.Length / 256];

        // What stood in the output before must not shine through.
        MemoryMarshal.AsBytes(blocks.AsSpan()).Fill(0xA5);
        KKernel<TBlock>.Variants[variant](weights, columns, importance, blocks);
        return MemoryMarshal.AsBytes(blocks.AsSpan()).ToArray();
    }

    private static void Check(string type, string variant, float[] weights, int columns, string importance)
    {
        GgmlType storage = QuantType.Parse(type).Storage;
        float[] costs = BlockCorpus.Importance(importance, columns);
        byte[] expected = Ggml.Quantize(storage.Id, weights, columns, costs, storage.SizeOf(weights.Length));
        byte[] actual = Encode(type, variant, weights, columns, costs);
        int first = expected.AsSpan().CommonPrefixLength(actual);
        if (first < actual.Length)
        {
            int differing = expected.Zip(actual).Count(static pair => pair.First != pair.Second);
            Assert.Fail($"importance {importance}, {columns} columns: {differing} bytes differ, first byte "
                + $"{first % storage.BlockBytes} of block {first / storage.BlockBytes}: {expected[first]:x2}, not {actual[first]:x2}");
        }
    }

    /// <summary>Runs of 16 with their own exponent, offset and precision: equal, nearly equal, all of one sign, far apart.</summary>
    private static float[] Wild(int count)
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
}
