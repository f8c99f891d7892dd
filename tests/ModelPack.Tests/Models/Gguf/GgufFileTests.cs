using ModelPack.Models;
using ModelPack.Models.Gguf;
using ModelPack.Models.Tensors;
using ModelPack.Tests.Support;

namespace ModelPack.Tests.Models.Gguf;

public sealed class GgufFileTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(8)]
    [InlineData(4096)]
    public void What_is_written_is_read_back(int alignment)
    {
        GgufMetadata metadata = EveryValue(nested: true);
        metadata["general.alignment"] = GgufValue.Of((uint)alignment);
        (string, GgmlType, IReadOnlyList<long>)[] tensors =
            [.. GgmlType.All.Select((t, i) => ($"blk.{i}.{t}", t, (IReadOnlyList<long>)[t.BlockWeights * 3L, i + 1, 2, 3]))];
        GgufLayout layout = GgufLayout.Create(metadata, tensors);
        using TempFolder folder = new();
        using GgufFile file = GgufFile.Open(GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout));
        Assert.Equal((3u, alignment, layout.DataOffset), (file.Version, file.Alignment, file.DataOffset));
        AssertSame(metadata, file.Metadata);
        AssertSame(layout.Tensors, file.Tensors);
        Assert.Equal(layout.TotalBytes, new FileInfo(file.Files[0]).Length);
    }

    [Theory]
    [InlineData("data/models/stories260K-f32.gguf", 48, 19)]
    [InlineData("data/models/stories260K-moe4-f32.gguf", 53, 21)]
    [InlineData("data/tokenizers/ggml-vocab-gpt-2.gguf", 0, 16)]
    [InlineData("data/tokenizers/ggml-vocab-llama-spm.gguf", 0, 22)]
    [InlineData("fixtures/trained-qwen3moe/golden/imatrix.gguf", 48, 4)]
    public void A_real_file_is_read(string relative, int tensors, int keys)
    {
        using GgufFile file = GgufFile.Open(SharedFolder.Require(relative));
        Assert.Equal((tensors, keys, 3u), (file.Tensors.Count, file.Metadata.Count, file.Version));
    }

    [Fact]
    public void Version_2_is_read()
    {
        using TempFolder folder = new();
        byte[] bytes = GgufBytes.Start(0, 1, version: 2).Key("a", 4).U32(7).ToArray();
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", bytes));
        Assert.Equal(2u, file.Version);
        Assert.Equal(7, file.Metadata["a"].AsInteger());
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0xFF, 0x62 })]
    [InlineData(new byte[] { 0xE4, 0xB8 })]
    [InlineData(new byte[] { 0xED, 0xB2, 0x80 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x99, 0x82, 0x80, 0xC0, 0xAF, 0x00 })]
    public void Bytes_that_are_no_text_survive(byte[] text)
    {
        using TempFolder folder = new();
        byte[] bytes = GgufBytes.Start(0, 1).Key("k", 8).U64((ulong)text.Length).Raw(text).Pad().ToArray();
        using GgufFile file = GgufFile.Open(folder.Write("m.gguf", bytes));
        Assert.Equal(bytes, GgufLayoutTests.HeaderOf(GgufLayout.Create(file.Metadata, [])));
    }

    [Fact]
    public void An_array_longer_than_the_buffer_is_read()
    {
        string[] texts = [.. Enumerable.Range(0, 100_000).Select(static i => $"token {i}")];
        long[] numbers = [.. Enumerable.Range(0, 100_000).Select(static i => i * 1_000_003L)];
        GgufMetadata metadata = new()
        {
            { "a", GgufValue.OfArray(texts) },
            { "b", GgufValue.OfArray(numbers) },
            { "c", GgufValue.Of(new string('x', 1_000_000)) },
        };
        using TempFolder folder = new();
        using GgufFile file = GgufFile.Open(GgufLayoutTests.WriteZeros(folder.File("m.gguf"), GgufLayout.Create(metadata, [])));
        AssertSame(metadata, file.Metadata);
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Rows_are_read_as_floats(string typeName)
    {
        GgmlType type = GgmlType.All.Single(t => t.Name == typeName);
        const int Columns = 33;
        GgufLayout layout = GgufLayout.Create([], [("pad", GgmlType.F32, [1]), ("t", type, [Columns, 4000, 2])]);
        byte[] data = new byte[layout.Tensors[1].Bytes];
        new Random(5).NextBytes(data);
        using TempFolder folder = new();
        string path = GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout);
        byte[] bytes = File.ReadAllBytes(path);
        data.CopyTo(bytes, layout.DataOffset + layout.Tensors[1].Offset);
        File.WriteAllBytes(path, bytes);

        using GgufFile file = GgufFile.Open(path);
        TensorSource source = file.OpenTensor(file.Tensors[1]);
        Assert.Equal((8000L, Columns, typeName), (source.Rows, source.Columns, source.NaturalType.ToString()));
        float[] rows = new float[7000 * Columns];
        source.Read(1000, rows);
        int width = type.BlockBytes;
        float[] expected = new float[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<byte> at = data.AsSpan(((1000 * Columns) + i) * width);
            expected[i] = typeName switch
            {
                "F32" => BitConverter.ToSingle(at),
                "F16" => (float)BitConverter.ToHalf(at),
                _ => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(at) << 16),
            };
        }

        Assert.True(expected.AsSpan().SequenceEqual(rows));

        Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(7999, new float[2 * Columns]));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Read(-1, new float[Columns]));
    }

    [Fact]
    public void Stored_bytes_of_any_type_are_read()
    {
        GgufLayout layout = GgufLayout.Create([], [("a", GgmlType.F32, [1]), ("q", GgmlType.Q4_0, [32, 2])]);
        using TempFolder folder = new();
        string path = GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout);
        byte[] bytes = File.ReadAllBytes(path);
        int start = (int)(layout.DataOffset + 32);
        Enumerable.Range(1, 36).Select(static i => (byte)i).ToArray().CopyTo(bytes, start);
        File.WriteAllBytes(path, bytes);

        using GgufFile file = GgufFile.Open(path);
        byte[] read = new byte[20];
        file.ReadBytes(file.Tensors[1], 16, read);
        Assert.Equal(Enumerable.Range(17, 20).Select(static i => (byte)i), read);
        Assert.Equal(new ByteRange(0, start, 36), file.Locate(file.Tensors[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes(file.Tensors[1], 17, read));
        Assert.Throws<ArgumentException>(() => file.ReadBytes(new GgufTensorInfo("x", GgmlType.F32, [1], 0), 0, read));
        UnsupportedModelException fault = Assert.Throws<UnsupportedModelException>(() => file.OpenTensor(file.Tensors[1]));
        Assert.Equal("m.gguf: q: already quantized to Q4_0; only F32, F16 and BF16 tensors can be converted", fault.Message);
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_reported()
    {
        GgufLayout layout = GgufLayout.Create([], [("a", GgmlType.F32, [64])]);
        using TempFolder folder = new();
        string path = GgufLayoutTests.WriteZeros(folder.File("m.gguf"), layout);
        using GgufFile file = GgufFile.Open(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(layout.DataOffset + 100);
        }

        InvalidCheckpointException fault = Assert.Throws<InvalidCheckpointException>(
            () => file.OpenTensor(file.Tensors[0]).Read(0, new float[64]));
        Assert.Equal($"m.gguf: a: the file ends too early: 156 bytes expected at byte {layout.DataOffset + 100}, 0 are left", fault.Message);
    }

    /// <summary>One key of every type, with the extremes of each, and arrays of every type.</summary>
    internal static GgufMetadata EveryValue(bool nested)
    {
        GgufMetadata metadata = new()
        {
            { "u8", GgufValue.Of(byte.MaxValue) },
            { "i8", GgufValue.Of(sbyte.MinValue) },
            { "u16", GgufValue.Of(ushort.MaxValue) },
            { "i16", GgufValue.Of(short.MinValue) },
            { "u32", GgufValue.Of(uint.MaxValue) },
            { "i32", GgufValue.Of(int.MinValue) },
            { "f32", GgufValue.Of(-0.1f) },
            { "true", GgufValue.Of(true) },
            { "false", GgufValue.Of(false) },
            { "text", GgufValue.Of("Grüße, 世界 🙂") },
            { "empty", GgufValue.Of("") },
            { "u64", GgufValue.Of(ulong.MaxValue) },
            { "i64", GgufValue.Of(long.MinValue) },
            { "f64", GgufValue.Of(Math.PI) },
            { "u8s", GgufValue.OfArray<byte>([0, 255]) },
            { "i8s", GgufValue.OfArray<sbyte>([-128, 127]) },
            { "u16s", GgufValue.OfArray<ushort>([0, 65535]) },
            { "i16s", GgufValue.OfArray<short>([-32768, 32767]) },
            { "u32s", GgufValue.OfArray<uint>([0, uint.MaxValue]) },
            { "i32s", GgufValue.OfArray<int>([int.MinValue, int.MaxValue]) },
            { "f32s", GgufValue.OfArray<float>([float.NaN, float.NegativeInfinity, -0f]) },
            { "bools", GgufValue.OfArray<bool>([true, false, true]) },
            { "texts", GgufValue.OfArray<string>(["", "a", "🙂"]) },
            { "u64s", GgufValue.OfArray<ulong>([0, ulong.MaxValue]) },
            { "i64s", GgufValue.OfArray<long>([long.MinValue, long.MaxValue]) },
            { "f64s", GgufValue.OfArray<double>([double.Epsilon, double.MaxValue]) },
        };
        if (nested)
        {
            metadata["none"] = GgufValue.OfArray<string>([]);
            metadata["nested"] = GgufValue.OfArray<GgufValue>(
            [
                GgufValue.OfArray<int>([1, 2]),
                GgufValue.OfArray<string>(["x"]),
                GgufValue.OfArray<GgufValue>([GgufValue.OfArray<GgufValue>([]), GgufValue.OfArray<bool>([true])]),
            ]);
        }

        return metadata;
    }

    internal static void AssertSame(GgufMetadata expected, GgufMetadata actual)
    {
        Assert.Equal(expected.Select(static p => p.Key), actual.Select(static p => p.Key));
        Assert.All(expected, pair => AssertSame(pair.Value, actual[pair.Key]));
    }

    internal static void AssertSame(IEnumerable<GgufTensorInfo> expected, IEnumerable<GgufTensorInfo> actual) =>
        Assert.Equal(
            expected.Select(static t => $"{t.Name} {t.Type} {string.Join('x', t.Shape)} {t.Offset}"),
            actual.Select(static t => $"{t.Name} {t.Type} {string.Join('x', t.Shape)} {t.Offset}"));

    private static void AssertSame(GgufValue expected, GgufValue actual)
    {
        Assert.Equal((expected.Type, expected.ElementType), (actual.Type, actual.ElementType));
        if (expected.Value is GgufValue[] values)
        {
            GgufValue[] others = Assert.IsType<GgufValue[]>(actual.Value);
            Assert.Equal(values.Length, others.Length);
            for (int i = 0; i < values.Length; i++)
            {
                AssertSame(values[i], others[i]);
            }
        }
        else
        {
            Assert.Equal(expected.Value, actual.Value);
        }
    }
}
