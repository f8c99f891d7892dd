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

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_variant_gives_the_bytes_of_ggml(string type, string variant, string shape)
    {
        foreach (string importance in BlockCorpus.Importances)
        {
            foreach ((int rows, int columns) in BlockCorpus.Sizes(256))
            {
                GgmlType storage = QuantType.Parse(type).Storage;
                float[] weights = BlockCorpus.Weights(shape, rows * columns);
                float[] costs = BlockCorpus.Importance(importance, columns);
                byte[] expected = Ggml.Quantize(storage.Id, weights, columns, costs, storage.SizeOf(weights.Length));
                byte[] actual = Encode(type, variant, weights, columns, costs);
                int first = expected.AsSpan().CommonPrefixLength(actual);
                Assert.True(first == actual.Length, Difference(first, storage, importance, rows, columns, expected, actual));
            }
        }
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

    private static string Difference(
        int first, GgmlType storage, string importance, int rows, int columns, byte[] expected, byte[] actual)
    {
        int block = first / storage.BlockBytes;
        int count = expected.Zip(actual).Count(static pair => pair.First != pair.Second);
        string at = first < actual.Length ? $"{expected[first]:x2}, not {actual[first]:x2}" : "";
        return $"importance {importance}, {rows} x {columns}: {count} bytes differ, first byte {first % storage.BlockBytes} of block {block}: {at}";
    }
}
