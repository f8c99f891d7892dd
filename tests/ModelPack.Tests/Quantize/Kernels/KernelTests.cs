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
        ["q4_1"] = Bytes(AffineKernel<Q4_1Block>.Variants),
        ["q4_0"] = Bytes(SymmetricKernel<Q4_0Block>.Variants),
        ["q3_k"] = Bytes(Q3_KKernel.Variants),
        ["q5_k"] = [("best", QuantType.Q5_K.Encode)],
        ["q4_k"] = [("best", QuantType.Q4_K.Encode)],
        ["q2_k"] = [("best", QuantType.Q2_K.Encode)],
    };

    /// <summary>Each type with each corpus case.</summary>
    public static IEnumerable<TheoryDataRow<string, string, string>> Cases =>
        from type in Variants.Keys
        from shape in BlockCorpus.Shapes
        from importance in BlockCorpus.Importances
        select new TheoryDataRow<string, string, string>(type, shape, importance);

    /// <summary>Each type that ggml has a decoder for.</summary>
    public static IEnumerable<TheoryDataRow<string>> Types =>
        Variants.Keys.Except(["f32"]).Select(static type => new TheoryDataRow<string>(type));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_variant_gives_the_bytes_of_ggml(string type, string shape, string importance)
    {
        GgmlType storage = QuantType.Parse(type).Storage;
        foreach ((int rows, int columns) in BlockCorpus.Sizes(storage.BlockWeights))
        {
            float[] weights = BlockCorpus.Weights(shape, rows * columns);
            float[] columnWeights = BlockCorpus.Importance(importance, columns);
            byte[] expected = Ggml.Quantize(storage.Id, weights, columns, columnWeights, storage.SizeOf(weights.Length));
            foreach ((string name, ByteEncoder encode) in Variants[type])
            {
                byte[] actual = new byte[expected.Length];
                actual.AsSpan().Fill(0xA5);
                encode(weights, columns, columnWeights, actual);
                Assert.True(expected.AsSpan().SequenceEqual(actual), Difference(name, storage, rows, columns, expected, actual));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Decoding_gives_the_weights_of_ggml(string name)
    {
        QuantType type = QuantType.Parse(name);
        int count = 16 * 256;
        byte[] arbitrary = new byte[type.Storage.SizeOf(count)];
        new Random(5).NextBytes(arbitrary);
        float[] weights = BlockCorpus.Weights("mixed by 16", count);
        byte[] encoded = Ggml.Quantize(type.Storage.Id, weights, 256, [], arbitrary.Length);
        foreach (byte[] blocks in new[] { arbitrary, encoded })
        {
            float[] actual = new float[count];
            type.Decode(blocks, actual);
            Assert.Equal(Ggml.Dequantize(type.Storage.Name, blocks, count), actual);
        }
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

    private static string Difference(
        string variant, GgmlType type, int rows, int columns, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int at = expected.CommonPrefixLength(actual);
        if (at == expected.Length)
        {
            return "";
        }

        int block = at / type.BlockBytes;
        return $"{variant}, {rows} x {columns}: block {block} differs from byte {at % type.BlockBytes} on\n"
            + $"expected {Convert.ToHexString(expected.Slice(block * type.BlockBytes, type.BlockBytes))}\n"
            + $"actual   {Convert.ToHexString(actual.Slice(block * type.BlockBytes, type.BlockBytes))}";
    }
}
